import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { EventEmitter, on, once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import stories from '@caregraph/demo/stories.json' with { type: 'json' };
import { schemaFile } from '@caregraph/schema/contract.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Data } from '../support/gateway.ts';

/** A second demo beside one that may be running: every port is moved by this much. */
const SHIFT = 1_000;
const GATEWAY = `http://127.0.0.1:${4_000 + SHIFT}`;

const TOKEN = fileURLToPath(import.meta.resolve('@caregraph/gateway/development/token.ts'));

type Who = 'paramedic in London' | 'crisis clinician in Birmingham' | 'privacy officer in London';

/** The demo keeps who broke the glass: each run of these tests has users of its own. */
const RUN = randomUUID().slice(0, 8);

/** Who asks, and how the token command is told of them. */
const CALLERS: Readonly<Record<Who, readonly string[]>> = {
  'paramedic in London': ['--org', 'RRU', '--role', 'paramedic', '--user', `paramedic-${RUN}`],
  'crisis clinician in Birmingham': ['--org', 'RXT', '--role', 'crisis-clinician', '--user', `clinician-${RUN}`],
  'privacy officer in London': ['--org', 'RRU', '--role', 'privacy-officer', '--user', `officer-${RUN}`],
};

let demo: ChildProcess;
const tokens = new Map<Who, string>();
const said: string[] = [];
/** Tells of every line that the demo says. */
const lines = new EventEmitter<{ line: [string] }>();
const pids = new Map<string, number>();

beforeAll(async () => {
  demo = spawn(
    process.execPath,
    [fileURLToPath(import.meta.resolve('@caregraph/demo/main.ts')), '--shift', String(SHIFT)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, PORT: String(4_000 + SHIFT) },
    },
  );
  const ready = Promise.withResolvers<void>();
  demo.once('exit', () => ready.reject(new Error(said.join('\n'))));
  createInterface({ input: demo.stdout ?? process.stdin }).on('line', (line) => lines.emit('line', line));
  lines.on('line', (line) => {
    said.push(line);
    const started = /^ {2}(\S+).*\(process (\d+)\)$/.exec(line);
    if (started?.[1]) pids.set(started[1].replace(',', ''), Number(started[2]));
    if (line.includes('Caregraph is ready')) ready.resolve();
  });
  await ready.promise;
  for (const who of Object.keys(CALLERS) as Who[]) {
    tokens.set(who, execFileSync(process.execPath, [TOKEN, ...CALLERS[who]], { encoding: 'utf8' }));
  }
}, 240_000);

afterAll(async () => {
  if (demo.exitCode !== null) return;
  demo.kill('SIGINT');
  await once(demo, 'exit');
});

async function ask(query: string, variables: Record<string, unknown>, who: Who = 'paramedic in London'): Promise<Data> {
  const response = await fetch(`${GATEWAY}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens.get(who)?.trim()}` },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

/** A file of the demo's own. */
const inFolder = (name: string): string =>
  fileURLToPath(new URL(`../../.caregraph/demo-${SHIFT}/${name}`, import.meta.url));

const numberOf = (id: string): string => stories.find((story) => story.id === id)?.nhsNumber ?? '';
const crisis = (id: string, who?: Who) =>
  ask(schemaFile('operations/crisis.graphql'), { nhsNumber: numberOf(id) }, who);
const full = (id: string, who?: Who) =>
  ask(schemaFile('operations/full-record.graphql'), { nhsNumber: numberOf(id) }, who);
const custodians = (list: readonly { custodian: { odsCode: string } }[]) =>
  [...new Set(list.map((each) => each.custodian.odsCode))].sort();

describe('the stories', () => {
  test('are told of at least the patients that the issue names', () => {
    const ids = stories.map(({ id }) => id);
    expect(ids).toEqual(
      expect.arrayContaining([
        'lancashire-in-london',
        'west-midlands-four',
        'two-plans',
        'pointer-only',
        'restricted',
        'real-fhir',
        'unknown',
      ]),
    );
  });

  test('lancashire-in-london: a London paramedic reads the plan that RW5 holds, in one request', async () => {
    const { data, errors } = await crisis('lancashire-in-london');
    expect(errors).toBeUndefined();
    expect(custodians(data.patient.crisisPlans)).toEqual(['RW5']);
    expect(data.patient.crisisPlans[0].whatHelps.length).toBeGreaterThan(0);
    expect(data.patient.contacts.some(({ answersNow }: Data) => answersNow === 'YES')).toBe(true);
    expect(data.patient.completeness).toBe('COMPLETE');
  });

  test('west-midlands-four: records of four custodians in one answer, each list in the order the schema promises', async () => {
    const clinician = 'crisis clinician in Birmingham';
    const { data } = await full('west-midlands-four', clinician);
    expect(custodians(data.patient.sources)).toEqual(['RXT', 'RYG', 'RYK', 'TAJ']);
    expect(custodians(data.patient.careContacts)).toEqual(['RXT', 'RYG', 'RYK', 'TAJ']);
    const starts = data.patient.careContacts.map(({ start }: Data) => Date.parse(start));
    expect(starts).toEqual(starts.toSorted((a: number, b: number) => b - a));
    expect(starts.length).toBeGreaterThanOrEqual(17);
    const again = await full('west-midlands-four', clinician);
    const timeless = ({ data: { patient } }: Data) => JSON.stringify({ ...patient, sources: null });
    expect(timeless(again)).toBe(timeless({ data }));
  });

  test('west-midlands-four: MULTI_TRUST speaks today, over what no one of the four could see alone', async () => {
    const { data, errors } = await warned('west-midlands-four');
    expect(errors).toBeUndefined();
    const { warnings, warningsStatus } = data.patient;
    expect(warningsStatus).toBe('RAISED');
    const multiTrust = warnings.find(({ rule }: Data) => rule === 'MULTI_TRUST');
    expect(multiTrust).toMatchObject({ status: 'RAISED', severity: 'HIGH', missing: [] });
    expect(custodians(multiTrust.events)).toEqual(['RXT', 'RYG', 'TAJ']);
    expect(custodians(multiTrust.evaluatedOver.map((custodian: Data) => ({ custodian })))).toEqual([
      'RXT',
      'RYG',
      'RYK',
      'TAJ',
    ]);
    const then = await warned('west-midlands-four', new Date(Date.now() - 60 * 86_400_000).toISOString());
    expect(then.data.patient.warnings).not.toContainEqual(
      expect.objectContaining({ rule: 'MULTI_TRUST', status: 'RAISED' }),
    );
  });

  test('two-plans: both come, each with its custodian, the later one first', async () => {
    const { data } = await crisis('two-plans');
    expect(data.patient.crisisPlans.map(({ custodian }: Data) => custodian.odsCode)).toEqual(['RW4', 'RXA']);
  });

  test('pointer-only: the pointer says that a plan exists, and whom to ring', async () => {
    const { data } = await crisis('pointer-only');
    expect(data.patient.crisisPlans).toEqual([]);
    expect(data.patient.pointers.some(({ type }: Data) => type.code === '736253002')).toBe(true);
    expect(data.patient.contacts.length).toBeGreaterThan(0);
  });

  test('restricted: nothing tells that a trust holds something restricted', async () => {
    const { data } = await full('restricted');
    expect(custodians(data.patient.sources)).toEqual(['RHA']);
    expect(JSON.stringify(data)).not.toContain('RW4');
  });

  test("real-fhir: what Medplum's server holds of HL7's own patient", async () => {
    const shared = await crisis('real-fhir');
    expect(shared.errors).toBeUndefined();
    expect(custodians(shared.data.patient.sources)).toEqual(['RV5']);
    expect(shared.data.patient.contacts.length).toBeGreaterThan(0);
    expect(shared.data.patient.alerts.length).toBeGreaterThan(0);
    await breakGlass('real-fhir');
    const { data } = await full('real-fhir');
    expect(data.patient.demographics[0].name.text).toContain('Chalmers');
    expect(data.patient.careContacts.length).toBeGreaterThan(0);
  });

  test('unknown: empty lists, no sources, and a complete answer', async () => {
    const { data, errors } = await crisis('unknown');
    expect(errors).toBeUndefined();
    expect(data.patient).toMatchObject({
      crisisPlans: [],
      contacts: [],
      alerts: [],
      sources: [],
      completeness: 'COMPLETE',
    });
  });
});

/** What a crisis clinician in Birmingham is warned of. */
const warned = (id: string, asOf: string | null = null): Promise<Data> =>
  ask(schemaFile('operations/warnings.graphql'), { nhsNumber: numberOf(id), asOf }, 'crisis clinician in Birmingham');

/** The paramedic breaks the glass. */
const breakGlass = (id: string): Promise<Data> =>
  ask(schemaFile('operations/break-glass.graphql'), {
    nhsNumber: numberOf(id),
    reason: 'Found on a bridge, does not speak, and nobody is with him who knows him.',
  });

describe('who sees what', () => {
  test('what the pilot does not share is told as NOT_SHARED, with whom to ring', async () => {
    const { data, errors } = await full('lancashire-in-london');
    expect(custodians(data.patient.crisisPlans)).toEqual(['RW5']);
    expect(data.patient).toMatchObject({ careContacts: null, completeness: 'PARTIAL' });
    expect(new Set(errors.map(({ extensions }: Data) => extensions.code))).toEqual(new Set(['NOT_SHARED']));
    expect(data.patient.contacts.length).toBeGreaterThan(0);
  });

  test('the glass broken, a paramedic sees what four organisations hold; before, not that there is anything', async () => {
    const before = await full('west-midlands-four');
    expect(before.data.patient).toMatchObject({ sources: [], careContacts: [], completeness: 'COMPLETE' });
    const { data, errors } = await breakGlass('west-midlands-four');
    expect(errors).toBeUndefined();
    expect(Date.parse(data.breakGlass.until)).toBeGreaterThan(Date.now());
    const after = await full('west-midlands-four');
    expect(custodians(after.data.patient.careContacts)).toEqual(['RXT', 'RYG', 'RYK', 'TAJ']);
  });

  test('a privacy officer sees no record, reviews the broken glass, and reads who looked', async () => {
    const officer = 'privacy officer in London';
    const records = await crisis('west-midlands-four', officer);
    expect(records.data.patient).toMatchObject({ crisisPlans: null, contacts: null, alerts: null });
    expect(records.errors.every(({ extensions }: Data) => extensions.code === 'FORBIDDEN')).toBe(true);
    const { data } = await ask(schemaFile('operations/reviews.graphql'), {}, officer);
    const review = data.reviews.find(
      ({ user, nhsNumber }: Data) => user === `paramedic-${RUN}` && nhsNumber === numberOf('west-midlands-four'),
    );
    expect(review).toMatchObject({ role: 'paramedic', state: 'OPEN' });
    const closing = { id: review.id, finding: 'JUSTIFIED' };
    const closed = await ask(schemaFile('operations/close-review.graphql'), closing, officer);
    expect(closed.data.closeReview).toMatchObject({ state: 'CLOSED', finding: 'JUSTIFIED' });
    const looked = await ask(
      schemaFile('operations/access-log.graphql'),
      { nhsNumber: numberOf('west-midlands-four') },
      officer,
    );
    expect(looked.errors).toBeUndefined();
    expect(looked.data.accessLog.entries.map(({ user }: Data) => user)).toEqual(
      expect.arrayContaining([`paramedic-${RUN}`, `officer-${RUN}`]),
    );
  });

  test('trusts, locator and access subgraph show nobody but the gateway anything, whatever token comes', async () => {
    const query = `{ patient(nhsNumber: "${numberOf('lancashire-in-london')}") { pointers { id } } _service { sdl } }`;
    for (const token of [null, ...tokens.values()]) {
      for (const port of [4_100, 4_101, 4_201, 4_202]) {
        const answer = await fetch(`http://127.0.0.1:${port + SHIFT}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token.trim()}` }) },
          body: JSON.stringify({ query: port === 4_100 ? query.replace('_service { sdl }', '') : query }),
        });
        const { data, errors } = (await answer.json()) as Data;
        expect(data?.patient ?? null, String(port)).toBeNull();
        expect(['UNAUTHENTICATED', 'ACCESS_DENIED']).toContain(errors[0].extensions.code);
      }
    }
  });

  test('the record of who looked is whole', () => {
    const audit = fileURLToPath(import.meta.resolve('@caregraph/gateway/audit/main.ts'));
    const verified = spawnSync(process.execPath, [audit, 'verify', '--config', inFolder('gateway.yaml')], {
      encoding: 'utf8',
    });
    expect(verified.stderr).toBe('');
    expect(verified.status).toBe(0);
  });
});

describe('as it stands', () => {
  test('the token command prints a token and nothing else, and says what is wrong with a call', () => {
    const token = tokens.get('paramedic in London');
    expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const wrong = spawnSync(process.execPath, [TOKEN, '--org', 'RRU', '--role', 'surgeon'], { encoding: 'utf8' });
    expect(wrong).toMatchObject({ status: 1, stdout: '' });
    expect(wrong.stderr).toMatch(/paramedic, crisis-clinician, community-nurse/);
  });

  test('thirteen organisations, and the ready operations, are answered', async () => {
    const { data } = await ask('{ organisations(kind: MENTAL_HEALTH_TRUST) { odsCode name } }', {});
    expect(data.organisations).toHaveLength(13);
    const nhsNumbers = stories.map(({ nhsNumber }) => nhsNumber);
    const caseload = await ask(schemaFile('operations/caseload.graphql'), { nhsNumbers });
    const inOrder = caseload.data.patients;
    expect(inOrder.map(({ nhsNumber }: Data) => nhsNumber).sort()).toEqual(nhsNumbers.toSorted());
    const attention = inOrder.map((each: Data) => each.attention);
    expect(attention).toEqual(attention.toSorted((one: number, another: number) => another - one));
    const known = await ask(schemaFile('operations/completeness.graphql'), { nhsNumber: numberOf('two-plans') });
    expect(known.data.patient.completeness).toBe('COMPLETE');
  });

  test('the gateway opens in Sandbox', async () => {
    const page = await fetch(`${GATEWAY}/graphql`, { headers: { accept: 'text/html' } });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('embeddable-sandbox');
  });

  test('every trust meets the contract, by the suite that any trust can run', async () => {
    const check = spawn(process.execPath, [
      fileURLToPath(import.meta.resolve('@caregraph/trust/conformance/main.ts')),
      ...['--url', `http://127.0.0.1:${4_202 + SHIFT}/graphql`],
      ...['--keys', inFolder('onward-keys.json'), '--issuer', 'urn:caregraph:demo:gateway', '--org', 'RW5'],
    ]);
    const [status] = await once(check, 'exit');
    expect(status).toBe(0);
  });
});

describe('one after another is lost', () => {
  const stop = async (name: string): Promise<void> => {
    const pid = pids.get(name);
    expect(pid).toBeGreaterThan(0);
    const ended = (async () => {
      for await (const [line] of on(lines, 'line')) if (String(line).startsWith(`${name} has ended`)) return;
    })();
    process.kill(pid ?? 0, 'SIGKILL');
    await ended;
  };

  test("a trust stopped: the others' records come, errors and sources name it, and the picture is PARTIAL", async () => {
    await stop('RXT');
    const { data, errors } = await full('west-midlands-four', 'crisis clinician in Birmingham');
    expect(custodians(data.patient.careContacts)).toEqual(['RYG', 'RYK', 'TAJ']);
    expect(data.patient.completeness).toBe('PARTIAL');
    const { status, missing } = data.patient.sources.find(({ custodian }: Data) => custodian.odsCode === 'RXT');
    expect(status).toBe('UNAVAILABLE');
    expect(errors.map(({ extensions, path }: Data) => `${extensions.custodian} ${path.at(-1)}`).sort()).toEqual(
      missing.map((field: string) => `RXT ${field}`),
    );
  });

  test('a trust stopped: rules that hang on it are UNDETERMINED, and others still speak', async () => {
    const { data } = await warned('west-midlands-four');
    const { warnings, warningsStatus } = data.patient;
    expect(warningsStatus).toBe('RAISED');
    const status = (id: string): string => warnings.find(({ rule }: Data) => rule === id)?.status;
    // Two of the three are enough.
    expect(status('MULTI_TRUST')).toBe('RAISED');
    expect(status('NO_CURRENT_PLAN')).toBe('UNDETERMINED');
    expect(status('DETAINED')).toBe('UNDETERMINED');
    for (const { missing, evaluatedOver } of warnings) {
      expect(missing.every((each: string) => each.startsWith('RXT '))).toBe(true);
      expect(evaluatedOver.map(({ odsCode }: Data) => odsCode)).toEqual(['RYG', 'RYK', 'TAJ']);
    }
  });

  test('the locator stopped: the records come all the same, and the answer says so', async () => {
    await stop('locator');
    const { data, errors } = await crisis('lancashire-in-london');
    expect(custodians(data.patient.crisisPlans)).toEqual(['RW5']);
    // Those that share with a paramedic of London: the pilot's eight.
    expect(data.patient.sources).toHaveLength(8);
    expect(data.patient.completeness).toBe('PARTIAL');
    expect(errors.some(({ extensions }: Data) => extensions.code === 'INDEX_UNAVAILABLE')).toBe(true);
  });

  test('every trust stopped: the lists are null', async () => {
    for (const name of pids.keys()) if (/^R|^TAJ/.test(name) && name !== 'RXT') await stop(name);
    const { data } = await crisis('lancashire-in-london');
    expect(data.patient).toMatchObject({ crisisPlans: null, contacts: null, alerts: null, completeness: 'UNKNOWN' });
  });

  test('Ctrl-C ends what is left, and no process stays behind', async () => {
    demo.kill('SIGINT');
    const [status] = await once(demo, 'exit');
    expect(status).toBe(0);
    for (const pid of pids.values()) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });
});
