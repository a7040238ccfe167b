import { createServer, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { Pool } from 'undici';
import { listen } from '../support/listen.ts';

/** How often it asks whether a gateway is ready, in milliseconds. */
const CHECKED_EVERY_MS = 200;

/** After so many questions without an answer it takes a gateway for dead; one that says that it is not ready it believes at once. */
const SILENT_TIMES = 3;

/** What stands in front of several gateways, set up as `docs/load.md` says. */
export interface Proxy {
  /** Without a path. */
  readonly url: string;
  /** How many requests it could not pass on, or lost on the way. */
  failed(): number;
  /** How many requests each gateway has answered. */
  readonly answered: ReadonlyMap<string, number>;
  /** Takes a gateway in; it gets requests once it says that it is ready. */
  add(gateway: string): void;
  stop(): Promise<void>;
}

interface Backend {
  readonly pool: Pool;
  ready: boolean;
  /** How often in a row it has not said whether it is ready. */
  silent: number;
}

/** What came of passing a request on: an answer, or that it was refused before it was begun, or lost. */
type Passed =
  | { readonly status: number; readonly headers: Record<string, string | string[] | undefined>; readonly body: Buffer }
  | 'not begun'
  | 'lost';

/**
 * Passes requests on to the gateways that are ready, in turns. What was refused before it was begun (nobody listens any more,
 * or it is closing) goes to the next one; what was lost on the way is answered with status 502, since it may have been begun.
 */
export async function startProxy(): Promise<Proxy> {
  const backends = new Map<string, Backend>();
  const answered = new Map<string, number>();
  let [turn, failed] = [0, 0];

  const check = async (): Promise<void> => {
    for (const [url, backend] of backends) {
      const ready = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(1_000) }).then(
        (response) => response.arrayBuffer().then(() => response.ok),
        () => null,
      );
      backend.silent = ready === null ? backend.silent + 1 : 0;
      backend.ready = ready ?? (backend.ready && backend.silent < SILENT_TIMES);
    }
  };
  let checking = check();
  const timer = setInterval(() => {
    checking = checking.then(check);
  }, CHECKED_EVERY_MS);

  const passOn = async (
    { pool }: Backend,
    headers: Readonly<Record<string, string | undefined>>,
    body: Buffer,
  ): Promise<Passed> => {
    try {
      const { authorization = '', 'content-type': type = '' } = headers;
      const sent = { authorization, 'content-type': type };
      const response = await pool.request({ path: '/graphql', method: 'POST', headers: sent, body });
      const answer = Buffer.from(await response.body.arrayBuffer());
      if (response.statusCode === 503 && answer.includes('"CLOSING"')) return 'not begun';
      return { status: response.statusCode, headers: response.headers, body: answer };
    } catch (error) {
      return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED' ? 'not begun' : 'lost';
    }
  };

  const answer = async (
    headers: Readonly<Record<string, string | undefined>>,
    body: Buffer,
    response: ServerResponse,
  ): Promise<void> => {
    const ready = [...backends].filter(([, backend]) => backend.ready);
    const first = turn++;
    for (let n = 0; n < ready.length; n++) {
      const [url, backend] = ready[(first + n) % ready.length] ?? [];
      if (url === undefined || !backend) continue;
      const passed = await passOn(backend, headers, body);
      if (passed === 'not begun') continue;
      if (passed === 'lost') break;
      answered.set(url, (answered.get(url) ?? 0) + 1);
      response.writeHead(passed.status, { 'content-type': String(passed.headers['content-type']) }).end(passed.body);
      return;
    }
    failed++;
    const why = ready.length === 0 ? 'nobody is ready' : 'lost, or refused by all';
    response.writeHead(502, { 'content-type': 'text/plain' }).end(why);
  };

  const server = createServer((request, response) => {
    const { authorization, 'content-type': type } = request.headers;
    void buffer(request).then((body) => answer({ authorization, 'content-type': type }, body, response));
  });
  const { url, stop } = await listen(server);
  return {
    url: new URL(url).origin,
    failed: () => failed,
    answered,
    add: (gateway) => void backends.set(gateway, { pool: new Pool(gateway), ready: false, silent: 0 }),
    async stop() {
      clearInterval(timer);
      await checking;
      await stop();
      await Promise.all([...backends.values()].map(({ pool }) => pool.destroy()));
    },
  };
}
