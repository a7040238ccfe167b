import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { createLog } from '@caregraph/service/log.ts';
import { createTrustSubgraph } from '@caregraph/trust/create-trust-subgraph.ts';
import { graphql } from 'graphql';
import { type Holdings, memorySource } from '../subgraphs/trust/memory-source.ts';
import { listen } from './listen.ts';

/** A request that a trust received. */
export interface Received {
  readonly query: string;
  readonly variables: Record<string, unknown>;
  readonly headers: IncomingMessage['headers'];
}

/** An answer that is about to be sent: what the trust would say, for a test to change. */
// biome-ignore lint/suspicious/noExplicitAny: a test reaches into an answer of any shape to spoil it.
export type Body = any;

export interface TestTrust {
  readonly odsCode: string;
  readonly name: string;
  /** The address of its subgraph. */
  readonly url: string;
  readonly received: Received[];
  /** Changes every answer from here on; the answer may also be something other than JSON. */
  tamper: ((body: Body) => unknown) | null;
  /** Answers by hand from here on. */
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | null;
  /** Holds every answer from here on until what it returns resolves. */
  hold: (() => Promise<void>) | null;
  stop(): Promise<void>;
}

/** A trust with a real server, on a free port by default: the kit over records in memory, and a hand on what it answers. */
export async function startTrust(odsCode: string, holdings: Holdings, at = 0): Promise<TestTrust> {
  const name = `Trust ${odsCode}`;
  const { schema, context } = createTrustSubgraph({
    organisation: { odsCode, name },
    source: memorySource(holdings),
    log: createLog({ name, level: 'silent' }),
    clock: () => new Date('2026-03-01T12:00:00Z'),
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = (await json(request)) as { query: string; variables: Record<string, unknown> };
    trust.received.push({ query: body.query, variables: body.variables, headers: request.headers });
    if (trust.answer) {
      trust.answer(request, response);
      return;
    }
    const result = await graphql({
      schema,
      source: body.query,
      variableValues: body.variables,
      contextValue: context({ caller: null, signal: new AbortController().signal }),
    });
    await trust.hold?.();
    const plain: unknown = JSON.parse(JSON.stringify(result));
    const sent = trust.tamper ? trust.tamper(plain) : plain;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(typeof sent === 'string' ? sent : JSON.stringify(sent));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  const listening = await listen(server, at);
  const trust: TestTrust = {
    odsCode,
    name,
    ...listening,
    received: [],
    tamper: null,
    answer: null,
    hold: null,
  };
  return trust;
}
