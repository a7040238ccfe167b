import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { createAccess } from '@caregraph/access/access.ts';
import { openDatabase as openAccessDatabase } from '@caregraph/access/database.ts';
import { createNoticeStore } from '@caregraph/access/notice-store.ts';
import { startNotifier, waitInTime } from '@caregraph/access/notifier.ts';
import { createWebhook } from '@caregraph/access/webhook.ts';
import { BODY_LIMIT_BYTES, createEarlyWarning } from '@caregraph/early-warning/early-warning.ts';
import { inForce } from '@caregraph/early-warning/rules.ts';
import { accessSubgraph } from '@caregraph/gateway/access/access-subgraph.ts';
import { callerReading, type Purpose } from '@caregraph/gateway/access/caller.ts';
import type { RoleName } from '@caregraph/gateway/access/roles.ts';
import { openAccessServices } from '@caregraph/gateway/access/services.ts';
import { type After, after } from '@caregraph/gateway/after.ts';
import { openAuditLog } from '@caregraph/gateway/audit/log.ts';
import { gatewayConfig, OWN_SUPERGRAPH } from '@caregraph/gateway/config.ts';
import { type DevelopmentIssuer, developmentIssuer } from '@caregraph/gateway/development/issuer.ts';
import { readGatherRules } from '@caregraph/gateway/gather/rules.ts';
import { serveGateway } from '@caregraph/gateway/server.ts';
import { createTransport } from '@caregraph/gateway/trusts/transport.ts';
import { locatorGuard } from '@caregraph/locator/caller.ts';
import { openDatabase as openLocatorDatabase } from '@caregraph/locator/database.ts';
import { createLocator } from '@caregraph/locator/locator.ts';
import organisationsJSON from '@caregraph/locator/organisations.json' with { type: 'json' };
import { organisationsFile } from '@caregraph/locator/organisations.ts';
import { scalars } from '@caregraph/schema/scalars.ts';
import { LONGEST_SHIPMENT_BYTES, readLine } from '@caregraph/service/audit/chain.ts';
import type { AuditEntry } from '@caregraph/service/audit/entry.ts';
import { auditSigner, readAuditKeys } from '@caregraph/service/audit/keys.ts';
import { type Finding, verify } from '@caregraph/service/audit/verify.ts';
import { createAuthenticator } from '@caregraph/service/authenticate.ts';
import type { DatabaseLocation } from '@caregraph/service/database.ts';
import type { Guard } from '@caregraph/service/guard.ts';
import { createKeySet } from '@caregraph/service/key-set.ts';
import { createLog, type Logger } from '@caregraph/service/log.ts';
import { createGatewayGuard, createOnwardGuard, type OnwardCaller } from '@caregraph/service/onward.ts';
import { openPrivateKeys } from '@caregraph/service/private-keys.ts';
import { type Served, serveSubgraph } from '@caregraph/service/serve.ts';
import { createLocatorClient } from '@caregraph/trust/publish/locator-client.ts';
import { reconcile } from '@caregraph/trust/publish/reconcile.ts';
import { serveTrust } from '@caregraph/trust/serve-trust.ts';
import type { RecordTypes, TrustSource } from '@caregraph/trust/source.ts';
import type { GraphQLFormattedError } from 'graphql';
import { type MemorySource, memorySource } from '../subgraphs/trust/memory-source.ts';
import { demographics, hospitalSpell, referral } from '../subgraphs/trust/records.ts';
import { RESTED } from '../support/gateway.ts';
import { listen } from '../support/listen.ts';
import { alert, careContact, contact, plan } from '../support/records.ts';

/*
 * The whole consortium in one process, on free ports, with nothing in anybody's place: locator, access and early-warning
 * subgraph, trusts, gateways, and the issuer of users' tokens.
 */

// The embedded databases are compiled quickly rather than well: they do little here.
setFlagsFromString('--liftoff-only');

/** Who asks. By default for direct care, and of a user of this organisation and role. */
export interface Who {
  readonly organisation: string;
  readonly role: RoleName;
  readonly purpose?: Purpose;
  readonly user?: string;
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads an answer of any shape.
export type Data = any;

export interface Answer {
  readonly status: number;
  readonly data: Data;
  readonly errors: readonly GraphQLFormattedError[];
  /** The body, as it came. */
  readonly text: string;
}

/** One who holds records. */
export interface Custodian {
  readonly odsCode: string;
  /** What it holds, and the pointers to it that it publishes. */
  readonly source: TrustSource;
  /** Where it is asked, when that is a server of the test's own; otherwise it is served with the kit. */
  readonly url?: string;
}

/** A call that a trust has answered. */
export interface Call {
  readonly caller: OnwardCaller;
  readonly body: string;
}

export interface ConsortiumTrust {
  readonly url: string;
  /** How many calls came, whether they were let in or not. */
  knocked: number;
  /** The calls that were let in, in order. */
  readonly calls: Call[];
  /** Publishes what there is to publish now, and withdraws the rest: one round of the publisher. */
  publish(): Promise<void>;
}

/** A process of the consortium, which can be ended, and begun again at the same address. */
export interface Restartable {
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface ConsortiumGateway extends Restartable {
  /** The folder of its journal. */
  readonly journal: string;
  /** Asks as somebody. */
  ask(who: Who, query: string, variables?: Record<string, unknown>): Promise<Answer>;
  /** Posts a body as it stands; headers go over the usual ones. */
  post(body: string, headers?: Record<string, string>): Promise<Answer>;
  /** The lines of its journal, as they stand on the disk. */
  lines(): string[];
  /** The entries among them. */
  entries(): AuditEntry[];
  /** What the verification of the journal has to say against it. */
  findings(): readonly Finding[];
}

export interface ConsortiumOptions {
  readonly custodians: readonly Custodian[];
  /** The agreements in force: files by name, or a folder to take them from; the demo's when left out. */
  readonly agreements?: Readonly<Record<string, string>> | string;
  /** How many gateways there are; one when left out. */
  readonly gateways?: number;
  /** Whether the access subgraph has a folder for its database, which outlasts it; otherwise what it knew ends with it. */
  readonly lasting?: boolean;
  /** How long broken glass gives access. */
  readonly glassMinutes?: number;
  /**
   * Has the gateways' journals follow one segment of so many bytes with another, and wait for the disk for as long as it
   * needs: for tests that read the journal, or have it fail.
   */
  readonly segmentBytes?: number;
}

export interface Consortium {
  /** The first gateway. */
  readonly gateway: ConsortiumGateway;
  readonly gateways: readonly ConsortiumGateway[];
  readonly trusts: Readonly<Record<string, ConsortiumTrust>>;
  readonly locator: Restartable;
  readonly access: Restartable;
  readonly earlyWarning: Restartable & { readonly calls: Call[] };
  readonly issuer: DevelopmentIssuer;
  /** The folder of everything that it keeps. */
  readonly folder: string;
  /** Everything that anybody has logged, a line each. */
  readonly logged: string[];
  /** What privacy officers were told of broken glass: bodies of events, as they came to a webhook. */
  readonly events: string[];
  /** Resolves once so many events have come. */
  eventsCame(count: number): Promise<void>;
  /** Asks the first gateway as somebody. */
  ask(who: Who, query: string, variables?: Record<string, unknown>): Promise<Answer>;
  /** A user's token, as the value of the header `Authorization`. */
  authorization(who: Who): Promise<string>;
  /** Lets time pass for every process. */
  pass(ms: number): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The record types, in the order of the schema. */
export const RECORD_TYPES = [
  'demographics',
  'crisisPlans',
  'contacts',
  'alerts',
  'careContacts',
  'hospitalSpells',
  'legalStatuses',
  'referrals',
] as const satisfies readonly (keyof RecordTypes)[];

/** Asks everything of a patient. */
export const EVERYTHING = `nhsNumber completeness sources { custodian { odsCode name } status missing reason }
  ${RECORD_TYPES.map((type) => `${type} { id custodian { odsCode name } lastUpdated }`).join(' ')}
  pointers { custodian { odsCode } type { code } }`;

/** A custodian that holds a record of every type of each of some patients, and publishes pointers to them. */
export function everythingOf(odsCode: string, nhsNumbers: readonly string[]): Custodian & { source: MemorySource } {
  const each = <Record>(record: (id: string) => Record): { [nhsNumber: string]: Record[] } =>
    Object.fromEntries(nhsNumbers.map((nhsNumber, i) => [nhsNumber, [record(`${i}`)]]));
  return {
    odsCode,
    source: memorySource(
      {
        demographics: each((id) => demographics({ id })),
        crisisPlans: each((id) => plan(id)),
        contacts: each((id) => contact(id)),
        alerts: each((id) => alert(id)),
        careContacts: each((id) => careContact(id, '2026-01-01T10:00:00Z')),
        hospitalSpells: each((id) => hospitalSpell({ id })),
        legalStatuses: each((id) => ({
          id,
          lastUpdated: '2026-01-01T00:00:00Z',
          status: { system: null, code: '02', display: 'Section 2' },
          start: '2026-01-01T10:00:00Z',
          end: null,
          expires: null,
        })),
        referrals: each((id) => referral({ id })),
      },
      nhsNumbers.flatMap((subject, i) =>
        // A crisis plan, an appointment, and a summary of everything.
        ['736253002', '749001000000101', '824321000000109'].map((type) => ({
          key: `${type} ${i}`,
          subject,
          type,
          content: [
            {
              url: `https://${odsCode.toLowerCase()}.example/records/${i}`,
              contentType: 'text/html',
              format: 'urn:nhs-ic:record-contact',
              created: null,
            },
          ],
          practiceSetting: null,
          periodStart: null,
          periodEnd: null,
        })),
      ),
    ),
  };
}

const GATEWAY_ID = 'https://gateway.example';

/** As long as a busy machine may need; no test waits for it. */
const DEADLINE_MS = 20_000;

/** How long starting one may take on a busy machine, in milliseconds; some six seconds on another. */
export const STARTING_MS = 180_000;

/** Starts a consortium. */
export async function startConsortium(options: ConsortiumOptions): Promise<Consortium> {
  const folder = mkdtempSync(join(tmpdir(), 'caregraph-consortium-'));
  const logged: string[] = [];
  const log = (name: string): Logger => createLog({ name, destination: { write: (line) => logged.push(line) } });
  let ahead = 0;
  const clock = { now: () => new Date(Date.now() + ahead), elapsed: () => performance.now() + ahead };
  const now = clock.now;

  const agreements = join(folder, 'agreements');
  writeAgreements(agreements, options.agreements ?? fileURLToPath(import.meta.resolve('@caregraph/demo/agreements')));
  const issuer = await developmentIssuer(join(folder, 'issuer'), 'test');
  const onwardKeys = openPrivateKeys(join(folder, 'onward.json'));
  const publicKeys = join(folder, 'jwks.json');
  writeFileSync(publicKeys, JSON.stringify(onwardKeys.publicJwks()));
  onwardKeys.close();
  const keys = createKeySet({ file: publicKeys });
  const webhook = await startWebhook();

  const locator = restartable(async (port) => {
    const database = await openLocatorDatabase({ memory: true });
    const { organisations, ...subgraph } = createLocator({ database, clock: now, newUUID: randomUUID });
    await organisations.write(organisationsFile.parse(organisationsJSON));
    const publishers = createAuthenticator(issuer.authentication);
    const gateways = createOnwardGuard({ issuer: GATEWAY_ID, audience: 'locator', keys, now });
    const served = await serveSubgraph({
      schema: subgraph.schema,
      log: log('locator'),
      host: '127.0.0.1',
      port,
      bodyLimit: 64 * 1024 * 1024,
      guard: locatorGuard(gateways, publishers),
      context: (request) => subgraph.context(request),
      ready: (signal) => database.ready(signal),
      development: false,
    });
    return ending(served, async () => {
      publishers.close();
      await database.close();
    });
  });

  const location: DatabaseLocation = options.lasting ? { dataDir: join(folder, 'access') } : { memory: true };
  const access = restartable(async (port) => {
    const database = await openAccessDatabase(location);
    const notifier = startNotifier({
      notices: createNoticeStore(database),
      deliver: createWebhook({ url: webhook.url, token: null }),
      clock: now,
      random: Math.random,
      wait: waitInTime,
      log: log('access'),
    });
    const subgraph = createAccess({
      database,
      clock: now,
      newUUID: randomUUID,
      glassMinutes: options.glassMinutes ?? 60,
      onNotice: notifier.wake,
      log: log('access'),
    });
    const served = await serveSubgraph({
      schema: subgraph.schema,
      log: log('access'),
      host: '127.0.0.1',
      port,
      bodyLimit: LONGEST_SHIPMENT_BYTES,
      guard: createGatewayGuard({ issuer: GATEWAY_ID, audience: 'access', keys, now }),
      context: subgraph.context,
      routes: subgraph.routes,
      ready: (signal) => database.ready(signal),
      development: false,
    });
    return ending(served, async () => {
      await notifier.stop();
      await database.close();
    });
  });

  const warned = { knocked: 0, calls: [] as Call[] };
  const earlyWarning = restartable((port) =>
    serveSubgraph({
      schema: createEarlyWarning(inForce()),
      log: log('early-warning'),
      host: '127.0.0.1',
      port,
      bodyLimit: BODY_LIMIT_BYTES,
      guard: watched(createOnwardGuard({ issuer: GATEWAY_ID, audience: 'early-warning', keys, now }), warned),
      context: () => ({ now: now() }),
      ready: async () => {},
      development: false,
    }),
  );

  await Promise.all([locator.start(), access.start(), earlyWarning.start()]);
  const names = new Map(organisationsJSON.map(({ odsCode, name }) => [odsCode, name]));
  const served: Served[] = [];
  const trusts = await Promise.all(
    options.custodians.map(async ({ odsCode, source, url }): Promise<[string, ConsortiumTrust]> => {
      const client = createLocatorClient({
        url: `${locator.url}/graphql`,
        custodian: odsCode,
        token: () => issuer.publisherToken(odsCode),
      });
      const trust = {
        url: url ?? '',
        knocked: 0,
        calls: [] as Call[],
        async publish() {
          const { refused, repeated } = await reconcile(
            { custodian: odsCode, source, locator: client },
            new AbortController().signal,
          );
          if (repeated > 0 || Object.keys(refused).length > 0) {
            throw new Error(`Pointers of ${odsCode} were not published: ${JSON.stringify({ repeated, refused })}.`);
          }
        },
      };
      if (url === undefined) {
        const guard = watched(createOnwardGuard({ issuer: GATEWAY_ID, audience: odsCode, keys, now }), trust);
        const at = await serveTrust({
          organisation: { odsCode, name: names.get(odsCode) ?? `Trust ${odsCode}` },
          source,
          log: log(`trust ${odsCode}`),
          clock: now,
          host: '127.0.0.1',
          port: 0,
          guard,
          development: false,
        });
        served.push(at);
        trust.url = `${at.url}/graphql`;
      }
      await trust.publish();
      return [odsCode, trust];
    }),
  );

  const supergraphSdl = readFileSync(OWN_SUPERGRAPH, 'utf8');
  const rules = readGatherRules(supergraphSdl, scalars);
  if (!rules) throw new Error('Nothing is gathered in the supergraph.');
  const tokens = new Map<string, Promise<string>>();
  const authorization = (who: Who): Promise<string> => {
    const { organisation, role, purpose = 'directcare', user = `${role}-${organisation}` } = who;
    const key = [organisation, role, purpose, user].join('\n');
    let token = tokens.get(key);
    if (!token) {
      token = issuer.token({ organisation, role, purpose, user }).then((signed) => `Bearer ${signed}`);
      tokens.set(key, token);
    }
    return token;
  };

  const startGateway = async (name: string): Promise<ConsortiumGateway> => {
    const file = join(folder, `${name}.yaml`);
    const config = gatewayConfig.parse({
      port: 0,
      subgraphs: {
        locator: { url: `${locator.url}/graphql` },
        access: { url: `${access.url}/graphql` },
        'early-warning': { url: `${earlyWarning.url}/graphql` },
      },
      trusts: trusts.map(([odsCode, { url }]) => ({ odsCode, name: names.get(odsCode) ?? `Trust ${odsCode}`, url })),
      deadlineMs: DEADLINE_MS,
      agreements: 'agreements',
      onward: { issuer: GATEWAY_ID, keys: 'onward.json' },
      audit: { folder: `${name}-audit`, keys: 'audit.json' },
      development: { keys: 'issuer' },
    });
    const auditKeys = join(folder, 'audit.json');
    let journal = join(folder, `${name}-audit`);
    if (options.segmentBytes !== undefined) journal += '-in-segments';
    const gateway = restartable(async (port) => {
      const transport = createTransport();
      const services = await openAccessServices(config, { file, rules, transport, clock, log: log(name) });
      const { segmentBytes } = options;
      // What no configuration says.
      const audit =
        segmentBytes === undefined
          ? services.audit
          : await openAuditLog({
              folder: journal,
              witness: `${journal}-witness.json`,
              gateway: GATEWAY_ID,
              signer: auditSigner(readJSON(auditKeys)),
              send: accessSubgraph(`${access.url}/graphql`, transport, services.onward),
              clock,
              after: patientWithDisk,
              random: Math.random,
              newId: randomUUID,
              log: log(name),
              segmentBytes,
            });
      const authenticator = createAuthenticator(issuer.authentication, { now });
      const at = await serveGateway({
        host: config.host,
        port,
        supergraphSdl,
        addresses: Object.fromEntries(Object.entries(config.subgraphs).map(([each, { url }]) => [each, url])),
        trusts: config.trusts,
        deadlineMs: config.deadlineMs,
        authenticator,
        reading: callerReading.parse({}),
        access: { ...services, audit },
        transport,
        clock,
        newId: randomUUID,
        log: log(name),
        documents: { registeredOnly: false, manifests: [] },
        timing: RESTED,
        sandbox: null,
      });
      return ending(at, async () => {
        authenticator.close();
        if (audit !== services.audit) await audit.close();
        await services.close();
        await transport.close();
      });
    });
    const post: ConsortiumGateway['post'] = async (body, headers = {}) => {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });
      const received = await response.text();
      const { data, errors = [] } = JSON.parse(received);
      return { status: response.status, data, errors, text: received };
    };
    const lines = (): string[] => linesOf(journal);
    await gateway.start();
    return Object.assign(gateway, {
      journal,
      post,
      ask: async (who: Who, query: string, variables: Record<string, unknown> = {}) =>
        post(JSON.stringify({ query, variables }), { authorization: await authorization(who) }),
      lines,
      entries: () =>
        lines().flatMap((line) => {
          const read = readLine(line).line;
          return read?.kind === 'entry' ? [read.entry] : [];
        }),
      findings: () => verify(lines(), readAuditKeys(readJSON(auditKeys))).findings,
    });
  };
  const gateways: ConsortiumGateway[] = [];
  for (let i = 1; i <= (options.gateways ?? 1); i++) gateways.push(await startGateway(`gateway-${i}`));
  const [gateway] = gateways;
  if (!gateway) throw new Error('A consortium has at least one gateway.');

  return {
    gateway,
    gateways,
    trusts: Object.fromEntries(trusts),
    locator,
    access,
    earlyWarning: Object.assign(earlyWarning, { calls: warned.calls }),
    issuer,
    folder,
    logged,
    events: webhook.events,
    eventsCame: webhook.came,
    ask: gateway.ask,
    authorization,
    pass(ms) {
      ahead += ms;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(gateways.map((each) => each.stop()));
      await Promise.all([locator.stop(), access.stop(), earlyWarning.stop(), ...served.map((each) => each.close())]);
      await webhook.stop();
      keys.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function writeAgreements(folder: string, given: Readonly<Record<string, string>> | string): void {
  if (typeof given === 'string') {
    cpSync(given, folder, { recursive: true });
    return;
  }
  mkdirSync(folder);
  for (const [name, content] of Object.entries(given)) writeFileSync(join(folder, name), content);
}

/** The lines of a journal, as they stand on the disk. */
function linesOf(folder: string): string[] {
  const segments = readdirSync(folder, { withFileTypes: true }).filter(
    (each) => each.isFile() && each.name.endsWith('.jsonl'),
  );
  return segments
    .map(({ name }) => name)
    .sort()
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    .filter((line) => line !== '');
}

/** A disk that hangs for a second is taken for one that fails; here, the machine is busy. */
const patientWithDisk: After = (ms, run) => after(ms === 1_000 ? DEADLINE_MS : ms, run);

const readJSON = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

/** A guard that decides as another does, and keeps what it let in. */
function watched(guard: Guard<OnwardCaller>, trust: { knocked: number; calls: Call[] }): Guard<OnwardCaller> {
  return {
    async check(authorization) {
      trust.knocked++;
      const checkBody = await guard.check(authorization);
      return (body) => {
        const caller = checkBody(body);
        trust.calls.push({ caller, body: Buffer.from(body).toString() });
        return caller;
      };
    },
  };
}

/** A server that ends together with what stands behind it. */
const ending = (served: Served, behind: () => Promise<void>): Served => ({
  url: served.url,
  async close() {
    await served.close();
    await behind();
  },
});

/** Not running yet. It is at the same port whenever it runs. */
function restartable(start: (port: number) => Promise<Served>): Restartable {
  let running: Served | null = null;
  let url = '';
  return {
    get url() {
      return url;
    },
    async start() {
      running = await start(url === '' ? 0 : Number(new URL(url).port));
      url = running.url;
    },
    async stop() {
      const ended = running;
      running = null;
      await ended?.close();
    },
  };
}

/** A server that takes events. */
async function startWebhook() {
  const events: string[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer(async (request, response) => {
    events.push(await text(request));
    response.writeHead(204).end();
    for (const tell of waiting.splice(0)) tell();
  });
  const { url, stop } = await listen(server);
  return {
    url,
    stop,
    events,
    async came(count: number): Promise<void> {
      while (events.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}
