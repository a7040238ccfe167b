import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OWN_SUPERGRAPH } from '@caregraph/gateway/config.ts';
import { developmentIssuer } from '@caregraph/gateway/development/issuer.ts';
import { type GatewayOptions, serveGateway } from '@caregraph/gateway/server.ts';
import { createAuthenticator } from '@caregraph/service/authenticate.ts';
import { createLog } from '@caregraph/service/log.ts';
import type { GraphQLFormattedError } from 'graphql';

// biome-ignore lint/suspicious/noExplicitAny: a test reads an answer of any shape.
export type Data = any;

export interface Answer {
  readonly status: number;
  readonly data: Data;
  readonly errors: readonly GraphQLFormattedError[];
  readonly extensions: Data;
  readonly text: string;
}

export interface TestGateway {
  /** Without a path. */
  readonly url: string;
  readonly token: string;
  /** Everything that it has logged. */
  readonly logged: string[];
  ask(query: string, variables?: Record<string, unknown>): Promise<Answer>;
  /** Posts a body as it stands, with the headers given in place of the usual ones. */
  post(body: string, headers?: Record<string, string>): Promise<Answer>;
  stop(): Promise<void>;
}

/** A gateway on a free port, and a caller with a token for it. */
export async function startGateway(
  options: Partial<GatewayOptions> & { readonly locator?: { readonly url: string } },
): Promise<TestGateway> {
  const keys = await mkdtemp(join(tmpdir(), 'caregraph-keys-'));
  const issuer = await developmentIssuer(keys, 'test');
  const token = await issuer.token({ organisation: 'RRU', role: 'paramedic', user: 'tester', purpose: 'directcare' });
  const logged: string[] = [];
  const { locator, ...rest } = options;
  const served = await serveGateway({
    host: '127.0.0.1',
    port: 0,
    supergraphSdl: readFileSync(OWN_SUPERGRAPH, 'utf8'),
    addresses: locator ? { locator: locator.url } : {},
    trusts: [],
    deadlineMs: 2_000,
    authenticator: createAuthenticator(issuer.authentication),
    clock: { now: () => new Date(), elapsed: () => performance.now() },
    log: createLog({ name: 'gateway', destination: { write: (line) => logged.push(line) } }),
    sandbox: null,
    ...rest,
  });
  const post: TestGateway['post'] = async (body, headers = {}) => {
    const response = await fetch(`${served.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
      body,
    });
    const text = await response.text();
    const { data, errors = [], extensions } = parsed(text);
    return { status: response.status, data, errors, extensions, text };
  };
  return {
    url: served.url,
    token,
    logged,
    post,
    ask: (query, variables = {}) => post(JSON.stringify({ query, variables })),
    async stop() {
      await served.close();
      await rm(keys, { recursive: true });
    },
  };
}

function parsed(text: string): Data {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
