import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pointerTypes from '@caregraph/schema/codes/pointer-types.json' with { type: 'json' };
import { type AuthenticationConfig, createAuthenticator } from '@caregraph/service/authenticate.ts';
import { OPEN } from '@caregraph/service/guard.ts';
import { type ExecutionResult, graphql } from 'graphql';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { KyselyPlugin } from 'kysely';
import { locatorGuard } from '../../../subgraphs/locator/caller.ts';
import { type Database, type DatabaseLocation, openDatabase } from '../../../subgraphs/locator/database.ts';
import { createLocator, type Locator } from '../../../subgraphs/locator/locator.ts';
import type { Organisation } from '../../../subgraphs/locator/organisations.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres.ts';

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

const ISSUER = 'https://issuer.example';
const AUDIENCE = 'https://locator.example';
export const WRITE = 'patient/DocumentReference.write';

export interface Tokens {
  readonly config: AuthenticationConfig;
  /** The `Authorization` header of an organisation; `claims` go over the ordinary ones. */
  of(organisation: string, claims?: Readonly<Record<string, unknown>>): Promise<string>;
  /** Removes the key file. */
  close(): void;
}

/** An issuer of tokens, and its keys in a file. */
export async function createTokens(): Promise<Tokens> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const folder = mkdtempSync(join(tmpdir(), 'caregraph-locator-keys-'));
  const file = join(folder, 'jwks.json');
  writeFileSync(file, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] }));
  return {
    config: { issuer: ISSUER, audience: AUDIENCE, jwks: { file } },
    async of(organisation, claims = {}) {
      const token = await new SignJWT({ scope: `openid ${WRITE}`, requesting_organization: organisation, ...claims })
        .setProtectedHeader({ alg: 'ES256', typ: 'JWT' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject('test')
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(privateKey);
      return `Bearer ${token}`;
    },
    close: () => rmSync(folder, { recursive: true }),
  };
}

/** A locator over an empty database, with tokens for whoever calls it. */
export interface Subject {
  readonly locator: Locator;
  readonly database: Database;
  readonly tokens: Tokens;
  /** Every statement that was sent since it was last emptied. */
  readonly statements: string[];
  clock: Date;
  /** What the gateway says is shared, with everybody whom it speaks for: everything, to begin with. */
  extensions: unknown;
  /** Asks as an organisation (its code, or an `Authorization` header of one's own, which may be empty), or as the gateway. */
  ask(query: string, variables?: Readonly<Record<string, unknown>>, as?: string): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer extends ExecutionResult {
  readonly code: unknown;
  readonly message: string | undefined;
  readonly mistakes: readonly { code: string; path: string; message: string }[];
}

export async function createSubject(
  location: DatabaseLocation,
  organisations: readonly Organisation[] = ORGANISATIONS,
): Promise<Subject> {
  const tokens = await createTokens();
  const database = await openDatabase(location);
  const statements: string[] = [];
  const counter: KyselyPlugin = {
    transformQuery({ node }) {
      statements.push(node.kind);
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  const headers = new Map<string, Promise<string>>();
  const guard = locatorGuard(OPEN, createAuthenticator(tokens.config));
  const subject: Subject = {
    database,
    tokens,
    statements,
    clock: new Date('2026-06-15T12:00:00Z'),
    extensions: sharingAll(organisations),
    locator: createLocator({
      database: { ...database, db: database.db.withPlugin(counter) },
      clock: () => subject.clock,
      newUUID: () => crypto.randomUUID(),
    }),
    async ask(source, variableValues = {}, as) {
      if (as !== undefined && !headers.has(as))
        headers.set(as, /^(Bearer |$)/.test(as) ? Promise.resolve(as) : tokens.of(as));
      const checkBody = await guard.check(as === undefined ? undefined : await headers.get(as));
      return read(
        await graphql({
          schema: subject.locator.schema,
          source,
          variableValues,
          contextValue: subject.locator.context({
            caller: checkBody(new Uint8Array()),
            extensions: subject.extensions,
            signal: new AbortController().signal,
          }),
        }),
      );
    },
    async close() {
      await database.close();
      tokens.close();
    },
  };
  await subject.locator.organisations.write(organisations);
  statements.length = 0;
  return subject;
}

function read(result: ExecutionResult): Answer {
  const error = result.errors?.[0];
  const mistakes = error?.extensions.mistakes;
  return {
    ...result,
    code: error?.extensions.code,
    message: error?.message,
    mistakes: Array.isArray(mistakes) ? mistakes : [],
  };
}

const RECORD_TYPES = [...new Set(Object.values(pointerTypes.codes).flatMap(({ recordTypes }) => recordTypes))];

/** The extensions of a request whose caller everybody shares everything with. */
export const sharingAll = (organisations: readonly { readonly odsCode: string }[]): object => ({
  caregraph: {
    sharing: { default: [{ custodians: organisations.map(({ odsCode }) => odsCode), recordTypes: RECORD_TYPES }] },
  },
});

const organisation = (odsCode: string, facts: Partial<Organisation> = {}): Organisation => ({
  odsCode,
  name: `Trust ${odsCode}`,
  kind: 'MENTAL_HEALTH_TRUST',
  validFrom: null,
  validTo: null,
  succeededBy: [],
  ...facts,
});

/**
 * OLD closed and went to RW5 and MID; MID closed and went to RXT. GONE closed and nobody took over. SOON closes at the end
 * of 2026 and goes to RW5 then.
 */
export const ORGANISATIONS: readonly Organisation[] = [
  organisation('RW5'),
  organisation('RV5'),
  organisation('RXT'),
  organisation('RRU', { kind: 'AMBULANCE_TRUST' }),
  organisation('OLD', { validFrom: '2002-04-01', validTo: '2019-09-30', succeededBy: ['RW5', 'MID'] }),
  organisation('MID', { validTo: '2020-03-31', succeededBy: ['RXT'] }),
  organisation('GONE', { validTo: '2018-03-31' }),
  organisation('SOON', { validTo: '2026-12-31', succeededBy: ['RW5'] }),
];

export const CRISIS_PLAN = '736253002';

/** Valid NHS numbers, as many as wanted, in the range of made-up patients. */
export function nhsNumbers(count: number): string[] {
  const numbers: string[] = [];
  for (let serial = 0; numbers.length < count; serial += 1) {
    const nine = `999${String(serial).padStart(6, '0')}`;
    const sum = [...nine].reduce((total, digit, i) => total + Number(digit) * (10 - i), 0);
    const check = (11 - (sum % 11)) % 11;
    if (check !== 10) numbers.push(`${nine}${check}`);
  }
  return numbers;
}

export const uuid = (serial: number): string => `00000000-0000-4000-8000-${serial.toString(16).padStart(12, '0')}`;

/** A pointer that is right in everything. */
export const pointer = (custodian: string, facts: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  subject: '9876543210',
  type: CRISIS_PLAN,
  custodian,
  content: [
    {
      url: `https://records.example/${custodian}/plan`,
      contentType: 'application/pdf',
      format: 'urn:nhs-ic:unstructured',
    },
  ],
  ...facts,
});

export const PUBLISH = 'mutation ($pointers: [PointerInput!]!) { publishPointers(pointers: $pointers) { ids } }';
export const SUPERSEDE =
  'mutation ($id: ID!, $replacement: PointerInput!) { supersedePointer(id: $id, replacement: $replacement) { ids } }';
export const WITHDRAW = 'mutation ($ids: [ID!]!) { withdrawPointers(ids: $ids) { count } }';
export const POINTERS = 'query ($n: NHSNumber!) { patient(nhsNumber: $n) { pointers { id status replaces } } }';
export const CUSTODIANS = 'query ($n: NHSNumber!) { patient(nhsNumber: $n) { custodians } }';
