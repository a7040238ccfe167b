import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createRandom } from '@caregraph/demo/population/random.ts';
import { startTcpProxy, type Toxic } from './tcp-proxy.ts';
import type { Truth } from './truth.ts';

/** What a locator can say instead of who holds what, by name. */
export const LIES = {
  empty: () => [],
  null: () => null,
  'unknown trusts': (known) => [...known, 'RZZ', 'RYY99'],
  'ten thousand': (known) => [...known, ...Array.from({ length: 10_000 }, (_, i) => `Q${i}X`)],
  duplicates: (known) => [...known, ...known, ...known.map((code) => code.toLowerCase())],
  "an attacker's address": (known, sink) => [...known, sink],
  'prototype keys': (known) => [...known, '__proto__', 'constructor'],
  'numbers and objects': (known) => [...known, 5, { odsCode: 'RT00' }],
  'a text': (known) => known.join(','),
} as const satisfies Readonly<Record<string, (known: readonly string[], sink: string) => unknown>>;

export type Lie = keyof typeof LIES;

/** What is wrong with the locator. */
export type LocatorFault =
  | { readonly toxics: readonly Toxic[] }
  | { readonly lie: Lie }
  | { readonly answers: 'html' | 'data null' | 'somebody else' | 'server error' };

export interface FaultLocator {
  readonly url: string;
  set(fault: LocatorFault | null): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a locator that says who holds what, until it is told to do otherwise. */
export async function startFaultLocator(truth: Truth, sink: string): Promise<FaultLocator> {
  let fault: LocatorFault | null = null;
  const patient = (nhsNumber: string): object => {
    const known = truth.known(nhsNumber);
    const custodians = fault && 'lie' in fault ? LIES[fault.lie](known, sink) : known;
    const key = fault && 'answers' in fault && fault.answers === 'somebody else' ? truth.patients[0] : nhsNumber;
    return { __typename: 'Patient', nhsNumber: key, gatherKey: key, custodians };
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { variables } = JSON.parse(await text(request)) as { variables: Record<string, string | string[]> };
    const [asked] = Object.values(variables);
    const data = Array.isArray(asked) ? { patients: asked.map(patient) } : { patient: patient(asked ?? '') };
    const how = fault && 'answers' in fault ? fault.answers : null;
    const body = how === 'html' ? '<html>' : JSON.stringify({ data: how === 'data null' ? null : data });
    response.writeHead(how === 'server error' ? 500 : 200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy = await startTcpProxy((server.address() as AddressInfo).port, createRandom('locator'));
  return {
    url: `http://127.0.0.1:${proxy.port}/graphql`,
    async set(wanted) {
      fault = wanted;
      await proxy.set(wanted && 'toxics' in wanted ? wanted.toxics : []);
    },
    async stop() {
      await proxy.stop();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
