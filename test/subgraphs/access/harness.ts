import { setFlagsFromString } from 'node:v8';
import { type LineBody, NO_LINES, writeLine } from '@caregraph/service/audit/chain.ts';
import type { AuditEntry } from '@caregraph/service/audit/entry.ts';
import type { DatabaseLocation } from '@caregraph/service/database.ts';
import { createLog } from '@caregraph/service/log.ts';
import { createGatewayGuard, type OnwardCaller } from '@caregraph/service/onward.ts';
import { serveSubgraph } from '@caregraph/service/serve.ts';
import type { GraphQLFormattedError } from 'graphql';
import type { KyselyPlugin } from 'kysely';
import { type AccessSubgraph, createAccess } from '../../../subgraphs/access/access.ts';
import { type Database, openDatabase } from '../../../subgraphs/access/database.ts';
import { nhsNumbers } from '../../support/nhs-numbers.ts';
import { createTestSigner, postSigned, type TestSigner } from '../../support/onward.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres.ts';

// The embedded database is compiled quickly rather than well: it does little here.
setFlagsFromString('--liftoff-only');

/** The kinds of database that every promise is kept over. */
export const DATABASES = ['PGlite', 'PostgreSQL'] as const;
export type DatabaseKind = (typeof DATABASES)[number];

let server: Promise<PostgresServer> | undefined;

/** An empty database of a kind. The file's one PostgreSQL is started by the first that asks. */
export async function emptyDatabase(kind: DatabaseKind): Promise<DatabaseLocation> {
  if (kind === 'PGlite') return { memory: true };
  server ??= startPostgres();
  return { url: await (await server).createDatabase() };
}

/** Ends the file's PostgreSQL, if it was started. */
export async function stopServers(): Promise<void> {
  await (await server)?.stop();
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads an answer of any shape.
export type Data = any;

export interface Answer {
  readonly status: number;
  readonly data: Data;
  readonly errors: readonly GraphQLFormattedError[];
  /** The code of the first error. */
  readonly code: unknown;
  readonly text: string;
}

/** The access subgraph over a database, on a real server, with a gateway's tokens for whoever asks. */
export interface Subject {
  readonly url: string;
  readonly access: AccessSubgraph;
  readonly database: Database;
  readonly signer: TestSigner;
  readonly logged: string[];
  /** Every statement that was sent since it was last emptied. */
  readonly statements: string[];
  /** How often a notice was said to be there. */
  notices: number;
  clock: Date;
  ask(query: string, variables?: Readonly<Record<string, unknown>>, caller?: OnwardCaller | 'gateway'): Promise<Answer>;
  /** Posts to a path beside GraphQL, for the gateway itself. */
  post(
    path: string,
    body: unknown,
    caller?: OnwardCaller | 'gateway',
  ): Promise<{ status: number; body: Data; text: string }>;
  close(): Promise<void>;
}

export async function createSubject(location: DatabaseLocation): Promise<Subject> {
  const database = await openDatabase(location);
  const signer = createTestSigner();
  const logged: string[] = [];
  const statements: string[] = [];
  const counter: KyselyPlugin = {
    transformQuery({ node }) {
      statements.push(node.kind);
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  const log = createLog({ name: 'access', destination: { write: (line) => logged.push(line) } });
  const access = createAccess({
    database: { ...database, db: database.db.withPlugin(counter) },
    clock: () => subject.clock,
    newUUID: () => crypto.randomUUID(),
    glassMinutes: 60,
    onNotice: () => {
      subject.notices++;
    },
    log,
  });
  const { issuer, keys } = signer;
  const served = await serveSubgraph({
    schema: access.schema,
    log,
    host: '127.0.0.1',
    port: 0,
    bodyLimit: 8 * 1024 * 1024,
    guard: createGatewayGuard({ issuer, audience: 'access', keys, now: () => new Date() }),
    context: access.context,
    routes: access.routes,
    ready: (signal) => database.ready(signal),
    development: false,
  });
  const subject: Subject = {
    url: served.url,
    access,
    database,
    signer,
    logged,
    statements,
    notices: 0,
    clock: new Date('2026-06-15T12:00:00.000Z'),
    ask: (query, variables = {}, caller = PARAMEDIC) => askAccess(signer, served.url, query, variables, caller),
    post: (path, body, caller = 'gateway') => postAccess(signer, served.url, path, body, caller),
    async close() {
      await served.close();
      await database.close();
      signer.close();
    },
  };
  return subject;
}

/** Asks an access subgraph in GraphQL. */
export async function askAccess(
  signer: TestSigner,
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>>,
  caller: OnwardCaller | 'gateway',
): Promise<Answer> {
  const response = await postSigned(signer, 'access', `${url}/graphql`, { query, variables }, caller);
  const text = await response.text();
  const { data, errors = [] } = JSON.parse(text);
  return { status: response.status, data, errors, code: errors[0]?.extensions?.code, text };
}

/** Posts to a path of an access subgraph beside GraphQL. */
export async function postAccess(
  signer: TestSigner,
  url: string,
  path: string,
  body: unknown,
  caller: OnwardCaller | 'gateway' = 'gateway',
): Promise<{ status: number; body: Data; text: string }> {
  const response = await postSigned(signer, 'access', `${url}${path}`, body, caller);
  const text = await response.text();
  return { status: response.status, body: JSON.parse(text), text };
}

export const PARAMEDIC: OnwardCaller = {
  user: '555021935107',
  organisation: 'RRU',
  role: 'paramedic',
  purpose: 'directcare',
};

/** A privacy officer of an organisation. */
export const officer = (organisation: string, user = `officer-${organisation}`): OnwardCaller => ({
  user,
  organisation,
  role: 'privacy-officer',
  purpose: 'directcare',
});

export const REASON = 'Found unconscious at the station; we need to know what she has taken and whom to ring.';

export const BREAK_GLASS =
  'mutation ($n: NHSNumber!, $reason: String!) { breakGlass(nhsNumber: $n, reason: $reason) { id until } }';
const REVIEW = `id state at until user organisation { odsCode } role reason nhsNumber finding note closedBy closedAt`;
export const REVIEWS = `query ($state: ReviewState, $first: Int! = 50, $after: ID) {
  reviews(state: $state, first: $first, after: $after) { ${REVIEW} } }`;
export const CLOSE_REVIEW = `mutation ($id: ID!, $finding: Finding!, $note: String) {
  closeReview(id: $id, finding: $finding, note: $note) { ${REVIEW} } }`;
export const ACCESS_LOG = `query ($n: NHSNumber!, $since: DateTime, $until: DateTime, $first: Int! = 50, $after: ID) {
  accessLog(nhsNumber: $n, since: $since, until: $until, first: $first, after: $after) {
    gateways { id name completeUntil }
    entries { id at user organisation { odsCode } role purpose breakGlass operation recordTypes
              sources { custodian { odsCode } status records } result } } }`;

const numbers = nhsNumbers(1_000);

/** A patient whom no other test has met. */
export function newPatient(): string {
  const number = numbers.shift();
  if (!number) throw new Error('There are no patients left.');
  return number;
}

/** One gateway's chain of audit lines, as a gateway writes it. */
export interface TestChain {
  readonly chain: string;
  /** Every line so far. */
  readonly lines: string[];
  /** Writes more of them, and returns those. */
  write(at: string, ...bodies: readonly LineBody[]): string[];
}

export function createChain({
  chain = crypto.randomUUID(),
  gateway = 'https://gateway.example',
  medium = 'journal',
  at = '2026-06-15T08:00:00.000Z',
}: {
  chain?: string;
  gateway?: string;
  medium?: 'journal' | 'direct';
  at?: string;
} = {}): TestChain {
  const lines: string[] = [];
  let head = NO_LINES;
  const write: TestChain['write'] = (when, ...bodies) => {
    const from = lines.length;
    for (const body of bodies) {
      const written = writeLine(chain, head, when, body);
      head = written.head;
      lines.push(written.text);
    }
    return lines.slice(from);
  };
  write(at, { kind: 'opened', gateway, medium });
  return { chain, lines, write };
}

/** A line with which a gateway says that nothing is missing up to its time. */
export const CHECKPOINT: LineBody = { kind: 'checkpoint', key: 'test', signature: 'AAAA' };

/** An entry that is right in everything; `facts` go over the ordinary ones. */
export function entry(facts: Partial<AuditEntry> & { readonly patients: string[] }): LineBody & { kind: 'entry' } {
  const whole: AuditEntry = {
    id: crypto.randomUUID(),
    at: '2026-06-15T09:00:00.000Z',
    caller: PARAMEDIC,
    breakGlass: [],
    operation: { kind: 'query', name: 'Crisis', hash: 'a'.repeat(64), fields: ['patient'] },
    recordTypes: ['crisisPlans', 'contacts'],
    custodians: [],
    result: 'RELEASED',
    ...facts,
  };
  return { kind: 'entry', entry: whole };
}
