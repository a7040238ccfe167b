import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Agreements } from '@caregraph/gateway/access/agreements.ts';
import { callerReading, purpose } from '@caregraph/gateway/access/caller.ts';
import { roleName } from '@caregraph/gateway/access/roles.ts';
import type { AccessServices } from '@caregraph/gateway/access/services.ts';
import { OWN_SUPERGRAPH } from '@caregraph/gateway/config.ts';
import { developmentIssuer } from '@caregraph/gateway/development/issuer.ts';
import { readGatherRules } from '@caregraph/gateway/gather/rules.ts';
import type { Timing } from '@caregraph/gateway/load/processor.ts';
import { type GatewayOptions, serveGateway } from '@caregraph/gateway/server.ts';
import { createTransport } from '@caregraph/gateway/trusts/transport.ts';
import { scalars } from '@caregraph/schema/scalars.ts';
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

/** How long a request may take by default: long enough on a machine that does a lot besides. */
export const DEADLINE_MS = 15_000;

/**
 * A processor that always keeps up: in a test, gateway, trusts and clients share one, and whether it does is no matter of the
 * gateway's.
 */
export const RESTED: Timing = { elapsed: () => 0, after: () => () => {} };

/** An agreement by which trusts share everything with everybody. */
export function everythingWithEverybody(supergraphSdl: string, trusts: readonly { odsCode: string }[]): Agreements {
  const { entities } = readGatherRules(supergraphSdl, scalars) ?? { entities: new Map() };
  return [
    {
      id: 'everything-with-everybody',
      from: '2000-01-01',
      until: null,
      custodians: new Set(trusts.map(({ odsCode }) => odsCode)),
      terms: [
        {
          level: 'CONTENT',
          emergency: false,
          recordTypes: new Set([...entities.values()].flatMap(({ lists }) => [...lists.keys()])),
          consumers: 'everybody',
          roles: new Set(roleName.options),
          purposes: new Set(purpose.options),
        },
      ],
    },
  ];
}

/**
 * A gateway on a free port, and a caller with a token for it. By default every trust shares everything, tokens for onward
 * calls say nothing, and nothing is put on record.
 */
export async function startGateway(
  options: Partial<GatewayOptions & AccessServices> & {
    readonly locator?: { readonly url: string };
    readonly earlyWarning?: { readonly url: string };
  },
): Promise<TestGateway> {
  const keys = await mkdtemp(join(tmpdir(), 'caregraph-keys-'));
  const issuer = await developmentIssuer(keys, 'test');
  const token = await issuer.token({ organisation: 'RRU', role: 'paramedic', user: 'tester', purpose: 'directcare' });
  const logged: string[] = [];
  const { locator, earlyWarning, agreements, glass, onward, keys: publicKeys, audit, ...rest } = options;
  const supergraphSdl = options.supergraphSdl ?? readFileSync(OWN_SUPERGRAPH, 'utf8');
  const { trusts = [] } = options;
  const everything = everythingWithEverybody(supergraphSdl, trusts);
  const transport = createTransport();
  const served = await serveGateway({
    host: '127.0.0.1',
    port: 0,
    supergraphSdl,
    addresses: {
      ...(locator && { locator: locator.url }),
      ...(earlyWarning && { 'early-warning': earlyWarning.url }),
    },
    trusts,
    access: {
      agreements: agreements ?? (() => everything),
      glass: glass ?? { grants: async () => [] },
      onward: onward ?? { authorize: async () => 'Bearer none' },
      keys: publicKeys ?? { publicJwks: () => ({ keys: [] }) },
      audit: audit ?? {
        record: async () => {},
        ready: async () => ({ writing: 'journal', unshipped: 0 }),
        close: async () => {},
      },
    },
    transport,
    newId: randomUUID,
    deadlineMs: DEADLINE_MS,
    authenticator: createAuthenticator(issuer.authentication),
    reading: callerReading.parse({}),
    clock: { now: () => new Date(), elapsed: () => performance.now() },
    log: createLog({ name: 'gateway', destination: { write: (line) => logged.push(line) } }),
    documents: { registeredOnly: false, manifests: [] },
    timing: RESTED,
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
      await transport.close();
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
