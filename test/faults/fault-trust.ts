import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createRandom } from '@caregraph/demo/population/random.ts';
import { type Asked, answerOf, asksForContract, contractAnswer } from './contract-answer.ts';
import { lot, prepare, SPOILS, type Spoil } from './spoil.ts';
import { startTcpProxy, type Toxic } from './tcp-proxy.ts';
import type { Truth } from './truth.ts';

/** What is wrong with a trust. */
export interface TrustFault {
  /** What the network does to its connections. */
  readonly toxics?: readonly Toxic[];
  /** What it does to its answers: one of these, drawn by the number of the call. */
  readonly spoils?: readonly Spoil[];
  /** The share of its calls, from 0 to 1, of which the answer is spoilt; all when left out. */
  readonly share?: number;
}

/** What a trust has seen since it was last asked. */
export interface TrustCounts {
  /** Requests that came. */
  readonly calls: number;
  /** The most requests that were under way with it at the same time. */
  readonly mostAtOnce: number;
  /** Connections that came. */
  readonly connections: number;
  /** Connections that are open now. */
  readonly open: number;
}

/** A trust that answers as the contract wants, until it is told to do otherwise. */
export interface FaultTrust {
  readonly odsCode: string;
  /** The address of its subgraph, behind the proxy. */
  readonly url: string;
  set(fault: TrustFault | null): Promise<void>;
  /** What it has seen, and begins to count anew. */
  counts(): TrustCounts;
  stop(): Promise<void>;
}

export interface FaultTrustOptions {
  readonly odsCode: string;
  readonly truth: Truth;
  readonly seed: string;
  /** Where its redirects lead. */
  readonly sink: string;
}

const MEDIAN_MS = 40;

/** Of the logarithm: one answer in a hundred takes more than two and a half times as long as the median. */
const DEVIATION = 0.4;

/** How long a healthy trust takes for its call of this number, in milliseconds: log-normal, and the same for the same seed. */
export function healthyMs(seed: string, call: number): number {
  const [one, other] = [lot(`${seed} one`, call), lot(`${seed} other`, call)];
  const normal = Math.sqrt(-2 * Math.log(1 - one)) * Math.cos(2 * Math.PI * other);
  return MEDIAN_MS * Math.exp(DEVIATION * normal);
}

/** So many delays are drawn beforehand, and used in turn. */
const DELAYS = 4_096;

/** Starts a trust: a real HTTP server, and in front of it a real TCP proxy. */
export async function startFaultTrust({ odsCode, truth, seed, sink }: FaultTrustOptions): Promise<FaultTrust> {
  const own = `${seed} ${odsCode}`;
  const delays = Array.from({ length: DELAYS }, (_, call) => healthyMs(own, call));
  let fault: TrustFault | null = null;
  let call = 0;
  let calls = 0;
  let underWay = 0;
  let mostAtOnce = 0;
  let connectionsBefore = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const number = call++;
    calls++;
    underWay++;
    mostAtOnce = Math.max(mostAtOnce, underWay);
    response.once('close', () => underWay--);
    const asked = JSON.parse(await text(request)) as Asked;
    await new Promise((resolve) => setTimeout(resolve, delays[number % DELAYS]));
    if (response.destroyed) return;
    if (asksForContract(asked)) return sendJSON(response, contractAnswer());
    const whole = answerOf(truth, odsCode, asked);
    const spoil = spoilOf(fault, own, number);
    if (!spoil) return sendJSON(response, whole);
    SPOILS[spoil](response, { odsCode, truth, variables: asked.variables, answer: whole, sink, call: number });
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // A fault of the instrument: it must not pass for one of those that it makes.
      process.stderr.write(`${odsCode}: ${error instanceof Error ? error.stack : String(error)}\n`);
      process.exitCode = 1;
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const proxy = await startTcpProxy(port, createRandom(`proxy ${own}`));
  return {
    odsCode,
    url: `http://127.0.0.1:${proxy.port}/graphql`,
    async set(wanted) {
      prepare(wanted?.spoils ?? []);
      fault = wanted;
      await proxy.set(wanted?.toxics ?? []);
    },
    counts() {
      const counts = { calls, mostAtOnce, connections: proxy.connections - connectionsBefore, open: proxy.open };
      calls = 0;
      mostAtOnce = underWay;
      connectionsBefore = proxy.connections;
      return counts;
    },
    async stop() {
      await proxy.stop();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Which of its spoilt answers a trust gives to its call of this number; `null` for a good one. */
export function spoilOf(fault: TrustFault | null, seed: string, call: number): Spoil | null {
  const { spoils = [], share = 1 } = fault ?? {};
  if (spoils.length === 0 || lot(`${seed} whether`, call) >= share) return null;
  return spoils[Math.floor(lot(`${seed} which`, call) * spoils.length)] ?? null;
}

function sendJSON(response: ServerResponse, body: unknown): void {
  const sent = JSON.stringify(body);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(sent) });
  response.end(sent);
}
