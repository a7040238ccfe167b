import { readFile } from 'node:fs/promises';
import nhsNumbers from '@caregraph/demo/fhir/nhs-numbers.json' with { type: 'json' };
import { startFhirServer } from '@caregraph/demo/fhir/server.ts';
import { parseNHSNumber } from '@caregraph/schema/scalars.ts';
import { createLog } from '@caregraph/service/log.ts';
import type { Served } from '@caregraph/service/serve.ts';
import { createFhirSource } from '@caregraph/trust/adapters/fhir/fhir-source.ts';
import { contractSchema, recordChecks } from '@caregraph/trust/contract-schema.ts';
import type { Pointer, RecordTypes, TrustSource } from '@caregraph/trust/source.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';

const PETER = '9999000037';
const clock = (): Date => new Date('2026-06-01T12:00:00Z');

let server: Served;
let source: TrustSource;
const urls: string[] = [];

beforeAll(async () => {
  server = await startFhirServer({
    host: '127.0.0.1',
    port: 0,
    log: createLog({ name: 'test', level: 'silent' }),
    onRequest: (_method, url) => urls.push(url),
  });
  source = createFhirSource({ baseUrl: server.url, clock });
});

afterAll(async () => {
  await source?.close();
  await server?.close();
});

const ask = () => ({ caller: null, signal: new AbortController().signal, since: null });

async function ids(type: Exclude<keyof RecordTypes, 'legalStatuses'>, nhsNumber: string): Promise<readonly string[]> {
  const batch = await source[type]([nhsNumber], ask());
  return (batch.get(nhsNumber) ?? []).map(({ id }) => id).sort();
}

test('says that it can answer', async () => {
  await expect(source.ready(AbortSignal.timeout(5_000))).resolves.toBeUndefined();
});

test('shows what HL7 wrote of Peter Chalmers: who he is', async () => {
  const [he] = (await source.demographics([PETER], ask())).get(PETER) ?? [];
  expect(he).toMatchObject({
    name: { text: 'Peter James Chalmers', family: 'Chalmers' },
    birthDate: '1974-12-25',
    gender: 'MALE',
    deceased: false,
    deceasedDate: null,
    address: { lines: ['534 Erewhon St'], city: 'PleasantVille', postalCode: '3999' },
  });
});

test('shows whom to ring about him, and no care team that ended years ago', async () => {
  const contacts = (await source.contacts([PETER], ask())).get(PETER) ?? [];
  expect(contacts.map(({ id, kind, role, name }) => ({ id, kind, role, name }))).toEqual([
    { id: 'Patient/example#contact-1', kind: 'NEXT_OF_KIN', role: null, name: 'Bénédicte du Marché' },
    { id: 'RelatedPerson/benedicte', kind: 'NEXT_OF_KIN', role: 'wife', name: 'Bénédicte du Marché' },
  ]);
});

test('shows his alerts, care contacts and hospital spell, and nothing of an appointment only proposed', async () => {
  expect(await ids('alerts', PETER)).toEqual(['Flag/example', 'Flag/example-encounter']);
  expect(await ids('careContacts', PETER)).toEqual(['Appointment/2docs', 'Appointment/example', 'Encounter/home']);
  expect(await ids('hospitalSpells', PETER)).toEqual(['Encounter/emerg']);
});

test('shows his home and community care as a referral that is open, with the team that HL7 names', async () => {
  expect((await source.referrals([PETER], ask())).get(PETER)).toEqual([
    {
      id: 'EpisodeOfCare/example',
      lastUpdated: '2019-11-01T09:29:23+11:00',
      start: '2014-09-01T00:00:00+01:00',
      end: null,
      team: { name: 'Peter James Charlmers Care Plan for Inpatient Encounter', type: null },
      closeReason: null,
      onwardReferrals: [],
    },
  ]);
});

test('takes no plan for obesity or an operation to be a crisis plan', async () => {
  expect(await ids('crisisPlans', PETER)).toEqual([]);
  expect([...source.unmapped().keys()].some((reason) => reason.startsWith('crisisPlans'))).toBe(false);
});

test('counts the stay of which HL7 gives no start', async () => {
  const before = source.unmapped().get('hospitalSpells: Encounter, no start') ?? 0;
  await ids('hospitalSpells', PETER);
  expect(source.unmapped().get('hospitalSpells: Encounter, no start')).toBe(before + 1);
});

test('says that it does not serve legal statuses, rather than that there are none', async () => {
  await expect(source.legalStatuses([PETER], ask())).rejects.toMatchObject({ code: 'UNSUPPORTED' });
});

test('has nothing of a patient whom the server does not know', async () => {
  const batch = await source.alerts(['9999999999', PETER], ask());
  expect(batch.get('9999999999') ?? []).toEqual([]);
  expect(batch.get(PETER)).toHaveLength(2);
});

test('reads a request for all record types of all patients by one search for each resource type', async () => {
  urls.length = 0;
  const together = ask();
  const everybody = Object.values(nhsNumbers);
  await Promise.all([
    source.demographics(everybody, together),
    source.crisisPlans(everybody, together),
    source.contacts(everybody, together),
    source.alerts(everybody, together),
    source.careContacts(everybody, together),
    source.hospitalSpells(everybody, together),
    source.referrals(everybody, together),
  ]);
  const searched = urls.map((url) => /\/([A-Za-z]+)\/_search$/.exec(url)?.[1] ?? url).sort();
  expect(
    searched.filter((type) => !['Location', 'Organization', 'Practitioner', 'PractitionerRole'].includes(type)),
  ).toEqual([
    'Appointment',
    'CarePlan',
    'CareTeam',
    'DocumentReference',
    'Encounter',
    'EpisodeOfCare',
    'Flag',
    'Patient',
    'RelatedPerson',
  ]);
  expect(new Set(searched).size).toBe(searched.length);
});

test('hands over nothing of the examples that the contract does not allow', async () => {
  const checks = recordChecks(contractSchema());
  const everybody = Object.values(nhsNumbers);
  let records = 0;
  const types = [
    'demographics',
    'crisisPlans',
    'contacts',
    'alerts',
    'careContacts',
    'hospitalSpells',
    'referrals',
  ] as const;
  for (const type of types) {
    for (const found of (await source[type](everybody, ask())).values()) {
      for (const record of found) {
        expect(checks.get(type)?.(record)).toBeNull();
        records += 1;
      }
    }
  }
  expect(records).toBeGreaterThan(30);
});

test('follows the pages to the last', async () => {
  const inSmallPages = createFhirSource({ baseUrl: server.url, clock, limits: { pageSize: 1 } });
  try {
    urls.length = 0;
    const asked = ask();
    const contacts = (await inSmallPages.careContacts([PETER], asked)).get(PETER) ?? [];
    expect(contacts.map(({ id }) => id).sort()).toEqual(await ids('careContacts', PETER));
    expect(urls.filter((url) => url.endsWith('/Appointment/_search')).length).toBeGreaterThan(3);
  } finally {
    await inSmallPages.close();
  }
});

test('points once to each patient, under a key that stays and names nobody', async () => {
  const pointers = async (): Promise<Pointer[]> => {
    const all: Pointer[] = [];
    for await (const pointer of source.pointers(AbortSignal.timeout(10_000))) all.push(pointer);
    return all;
  };
  const first = await pointers();
  expect(first.map(({ subject }) => subject).sort()).toEqual(Object.values(nhsNumbers).sort());
  expect(new Set(first.map(({ key }) => key)).size).toBe(first.length);
  expect(first).toEqual(await pointers());
  for (const { key, subject, type, content } of first) {
    expect(type).toBe('824321000000109');
    expect(JSON.stringify([key, content])).not.toContain(subject);
  }
});

test('has sent no NHS number in an address', () => {
  expect(urls.length).toBeGreaterThan(0);
  for (const url of urls) {
    for (const nhsNumber of Object.values(nhsNumbers)) expect(decodeURIComponent(url)).not.toContain(nhsNumber);
  }
});

test('gives the examples numbers that are valid, different, and of a block of their own', () => {
  const all = Object.values(nhsNumbers);
  expect(new Set(all).size).toBe(all.length);
  for (const nhsNumber of all) {
    expect(nhsNumber).toMatch(/^9999\d{6}$/);
    expect(parseNHSNumber(nhsNumber)).toBe(nhsNumber);
  }
});

test('holds HL7’s examples as HL7 made them, but for the NHS number and the date of change', async () => {
  const read = async (address: string): Promise<Record<string, unknown>> => {
    const found: unknown = await (await fetch(`${server.url}/${address}`)).json();
    if (typeof found !== 'object' || found === null) throw new Error('no resource');
    return { ...found };
  };
  const folder = new URL('.', import.meta.resolve('hl7.fhir.r4.examples/package.json'));
  for (const address of ['Patient/example', 'CarePlan/preg', 'Flag/example', 'Encounter/f203']) {
    const original: unknown = JSON.parse(await readFile(new URL(`${address.replace('/', '-')}.json`, folder), 'utf8'));
    const { meta: _, identifier, ...served } = await read(address);
    expect(original).toMatchObject(served);
    const added = { system: 'https://fhir.nhs.uk/Id/nhs-number', value: PETER };
    if (address === 'Patient/example') expect(identifier).toContainEqual(added);
  }
});

test('the server refuses a search parameter that it does not know: no match would read as "there is none"', async () => {
  const search = (body: string) =>
    fetch(`${server.url}/Flag/_search`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
    });
  expect((await search('patient=Patient/example')).status).toBe(200);
  expect((await search('patiant=Patient/example')).status).toBe(400);
  expect((await fetch(`${server.url}/Observation`)).status).toBe(404);
  expect((await fetch(`${server.url}/Flag/example`, { method: 'DELETE' })).status).toBe(404);
});
