import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '@caregraph/service/config.ts';
import { createFhirSource, fhirSourceConfig } from '@caregraph/trust/adapters/fhir/fhir-source.ts';
import { type Pointer, type TrustSource, UnsupportedRecordType } from '@caregraph/trust/source.ts';
import { expect, test } from 'vitest';
import { bundle, crisisPlan, flag, NHS_NUMBER_SYSTEM, patient, send, startScriptedServer } from './scripted-server.ts';

const HE = '9434765919';
const SHE = '9876543210';
const clock = (): Date => new Date('2026-06-01T12:00:00Z');
const ask = () => ({ caller: null, signal: new AbortController().signal, since: null });

/** A server that holds these resources, whatever it is asked for of their types. */
const holding = (...resources: readonly { readonly resourceType?: string }[]) =>
  startScriptedServer((search, response) =>
    send(response, bundle(resources.filter(({ resourceType }) => resourceType === search.type))),
  );

async function pointersOf(source: TrustSource): Promise<readonly Pointer[]> {
  const all: Pointer[] = [];
  for await (const pointer of source.pointers(AbortSignal.timeout(5_000))) all.push(pointer);
  return all;
}

test('gives each patient of a caseload their own records', async () => {
  await using server = await holding(
    patient(HE, 'p1'),
    patient(SHE, 'p2'),
    flag('p1', 'f1'),
    flag('p2', 'f2'),
    flag('p2', 'f3'),
  );
  const source = createFhirSource({ baseUrl: server.url, clock });
  const batch = await source.alerts([HE, SHE], ask());
  expect(batch.get(HE)?.map(({ id }) => id)).toEqual(['Flag/f1']);
  expect(batch.get(SHE)?.map(({ id }) => id)).toEqual(['Flag/f2', 'Flag/f3']);
  expect(server.searches.map(({ type }) => type)).toEqual(['Patient', 'Flag']);
  await source.close();
});

test('gives the records of both when the server holds a person twice', async () => {
  await using server = await holding(patient(HE, 'p1'), patient(HE, 'p2'), flag('p1', 'f1'), flag('p2', 'f2'));
  const source = createFhirSource({ baseUrl: server.url, clock });
  expect((await source.alerts([HE], ask())).get(HE)?.map(({ id }) => id)).toEqual(['Flag/f1', 'Flag/f2']);
  await source.close();
});

test('attributes nothing of a Patient with two NHS numbers, and counts it', async () => {
  const identifier = [HE, SHE].map((value) => ({ system: NHS_NUMBER_SYSTEM, value }));
  await using server = await holding(patient(HE, 'p1', { identifier }), flag('p1'));
  const source = createFhirSource({ baseUrl: server.url, clock });
  expect((await source.alerts([HE, SHE], ask())).get(HE)).toEqual([]);
  expect([...source.unmapped()]).toEqual([['patients: Patient, more than one NHS number', 1]]);
  await source.close();
});

const restricted = (code: string) => ({
  meta: {
    lastUpdated: '2026-05-01T09:00:00Z',
    security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code }],
  },
});

test.each(['R', 'V'])('a record labelled %s is not there, in counts neither', async (code) => {
  await using server = await holding(
    patient(HE),
    flag('p1', 'f1', restricted(code)),
    flag('p1', 'f2', restricted('N')),
  );
  const source = createFhirSource({ baseUrl: server.url, clock });
  expect((await source.alerts([HE], ask())).get(HE)?.map(({ id }) => id)).toEqual(['Flag/f2']);
  expect([...source.unmapped()]).toEqual([]);
  await source.close();
});

test('a restricted patient is as one whom the server does not know', async () => {
  const answers: unknown[] = [];
  for (const known of [[patient(HE, 'p1', restricted('V')), flag('p1')], []]) {
    await using server = await holding(...known);
    const source = createFhirSource({ baseUrl: server.url, clock });
    const batch = await source.alerts([HE], ask());
    answers.push([
      batch.get(HE),
      [...source.unmapped()],
      await pointersOf(source),
      server.searches.map(({ type }) => type),
    ]);
    await source.close();
  }
  expect(answers[0]).toEqual(answers[1]);
});

test('points to the plans in force of each patient, beside the record as a whole', async () => {
  await using server = await holding(
    patient(HE, 'p1'),
    patient(SHE, 'p2'),
    crisisPlan('p1', 'c1'),
    crisisPlan('p1', 'c2', { status: 'completed' }),
  );
  const source = createFhirSource({ baseUrl: server.url, publicBaseUrl: 'https://fhir.trust.example/R4/', clock });
  const pointers = await pointersOf(source);
  expect(pointers.map(({ subject, type, content }) => [subject, type, content[0]?.url])).toEqual([
    [HE, '824321000000109', 'https://fhir.trust.example/R4/Patient/p1'],
    [HE, '736253002', 'https://fhir.trust.example/R4/CarePlan/c1'],
    [SHE, '824321000000109', 'https://fhir.trust.example/R4/Patient/p2'],
  ]);
  expect((await pointersOf(source)).map(({ key }) => key)).toEqual(pointers.map(({ key }) => key));
  await source.close();
});

test('gives a pointer another key when what it points to changes', async () => {
  const keys = new Set<string>();
  const versions = [
    [patient(HE), crisisPlan('p1')],
    [patient(HE), crisisPlan('p1', 'c1', { meta: { lastUpdated: '2026-05-02T09:00:00Z' } })],
    [patient(SHE, 'p1', { meta: { lastUpdated: '2026-05-01T09:00:00Z', versionId: '2' } }), crisisPlan('p1')],
  ];
  for (const version of versions) {
    await using server = await holding(...version);
    const source = createFhirSource({ baseUrl: server.url, publicBaseUrl: 'https://fhir.trust.example', clock });
    const plan = (await pointersOf(source)).find(({ type }) => type === '736253002');
    if (plan) keys.add(plan.key);
    await source.close();
  }
  expect(keys.size).toBe(3);
});

test('gives no id and no address that holds the NHS number: such records are counted', async () => {
  await using server = await holding(patient(HE, HE), flag(HE, 'f1'));
  const source = createFhirSource({ baseUrl: server.url, clock });
  expect((await source.demographics([HE], ask())).get(HE)).toEqual([]);
  expect((await source.alerts([HE], ask())).get(HE)).toHaveLength(1);
  expect(await pointersOf(source)).toEqual([]);
  expect(Object.fromEntries(source.unmapped())).toEqual({
    'demographics: Patient, an id that holds the NHS number': 1,
    'pointers: Patient, an id that would put an NHS number into an address': 1,
  });
  await source.close();
});

test('an enumeration that breaks off throws: it must not look like the whole', async () => {
  await using server = await startScriptedServer((search, response, baseUrl) => {
    if (search.method === 'GET') return send(response, {}, 503);
    return send(
      response,
      bundle(
        search.type === 'Patient' ? [patient(HE)] : [],
        search.type === 'Patient' ? `${baseUrl}?page=2` : undefined,
      ),
    );
  });
  const source = createFhirSource({ baseUrl: server.url, clock });
  await expect(pointersOf(source)).rejects.toMatchObject({ code: 'REFUSED' });
  await source.close();
});

test('shows the token of its file, as it is at that moment', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'caregraph-fhir-'));
  const tokenFile = join(folder, 'token');
  await using server = await holding(patient(HE));
  const source = createFhirSource({ baseUrl: server.url, tokenFile, clock });
  await expect(source.demographics([HE], ask())).rejects.toThrow('The token for the FHIR server is not where');
  for (const token of ['one', 'two']) {
    await writeFile(tokenFile, `${token}\n`);
    await source.demographics([HE], ask());
  }
  expect(server.searches.map(({ headers }) => headers.authorization)).toEqual(['Bearer one', 'Bearer two']);
  await source.close();
  await rm(folder, { recursive: true });
});

test('asks strictly, so that a server says when it does not know a search parameter', async () => {
  await using server = await holding(patient(HE));
  const source = createFhirSource({ baseUrl: server.url, clock });
  await source.demographics([HE], ask());
  expect(server.searches[0]?.headers).toMatchObject({ prefer: 'handling=strict', accept: 'application/fhir+json' });
  await source.close();
});

test('a configuration says what is wrong with it', () => {
  const { error } = fhirSourceConfig.safeParse({
    baseUrl: 'ftp://host',
    publicBaseUrl: 'http://host.example',
    tokenFile: 'token',
    alertCategories: { 'a|b': 'BAD' },
    speed: 1,
  });
  expect(error?.issues.map(({ path }) => path.join('.'))).toEqual([
    'baseUrl',
    'publicBaseUrl',
    'tokenFile',
    'alertCategories.a|b',
    '',
  ]);
  expect(() => createFhirSource({ baseUrl: 'http://fhir.internal/R4', clock })).toThrow(ConfigError);
});

const episode = (patientId: string, id = 'e1', more: object = {}) => ({
  resourceType: 'EpisodeOfCare',
  id,
  meta: { lastUpdated: '2026-05-01T09:00:00Z' },
  status: 'active',
  patient: { reference: `Patient/${patientId}` },
  period: { start: '2026-03-01T10:00:00Z' },
  team: [{ reference: 'CareTeam/t1' }],
  ...more,
});

const careTeam = (patientId: string, more: object = {}) => ({
  resourceType: 'CareTeam',
  id: 't1',
  meta: { lastUpdated: '2026-05-01T09:00:00Z' },
  status: 'active',
  name: 'Home Treatment, Brixton',
  category: [{ coding: [{ system: 'http://snomed.info/sct', code: '92221000000103' }] }],
  subject: { reference: `Patient/${patientId}` },
  ...more,
});

const capable = (...types: readonly string[]) => ({
  resourceType: 'CapabilityStatement',
  fhirVersion: '4.0.1',
  rest: [{ mode: 'server', resource: types.map((type) => ({ type })) }],
});

test('gives each patient their own referrals, with the team by its CareTeam', async () => {
  await using server = await holding(
    patient(HE, 'p1'),
    patient(SHE, 'p2'),
    episode('p1', 'e1'),
    episode('p2', 'e2', { team: [{ display: 'Somebody' }] }),
    careTeam('p1'),
  );
  const source = createFhirSource({ baseUrl: server.url, clock });
  const batch = await source.referrals([HE, SHE], ask());
  expect(batch.get(HE)?.map(({ id, team }) => [id, team?.name, team?.type?.code])).toEqual([
    ['EpisodeOfCare/e1', 'Home Treatment, Brixton', '92221000000103'],
  ]);
  expect(batch.get(SHE)?.map(({ id, team }) => [id, team?.name])).toEqual([['EpisodeOfCare/e2', 'Somebody']]);
  await source.close();
});

test('reads a care team once for whom to ring and for referrals', async () => {
  await using server = await holding(patient(HE, 'p1'), episode('p1'), careTeam('p1'));
  const source = createFhirSource({ baseUrl: server.url, clock });
  const together = ask();
  await Promise.all([source.contacts([HE], together), source.referrals([HE], together)]);
  expect(server.searches.filter(({ type }) => type === 'CareTeam')).toHaveLength(1);
  await source.close();
});

test('a restricted referral is not there, and a restricted team is not named', async () => {
  await using server = await holding(
    patient(HE, 'p1'),
    episode('p1', 'e1', restricted('R')),
    episode('p1', 'e2'),
    careTeam('p1', restricted('R')),
  );
  const source = createFhirSource({ baseUrl: server.url, clock });
  expect((await source.referrals([HE], ask())).get(HE)?.map(({ id, team }) => [id, team])).toEqual([
    ['EpisodeOfCare/e2', null],
  ]);
  await source.close();
});

test('a server that does not name EpisodeOfCare among its types is not asked for it: referrals are not served', async () => {
  await using server = await startScriptedServer((search, response) => {
    if (search.type === 'metadata') return send(response, capable('Patient', 'Flag'));
    return send(
      response,
      bundle([patient(HE), flag('p1')].filter((each) => JSON.stringify(each).includes(`"${search.type}"`))),
    );
  });
  const source = createFhirSource({ baseUrl: server.url, clock });
  await source.ready(AbortSignal.timeout(1_000));
  for (const nhsNumber of [HE, SHE]) {
    await expect(source.referrals([nhsNumber], ask())).rejects.toBeInstanceOf(UnsupportedRecordType);
  }
  expect((await source.alerts([HE], ask())).get(HE)).toHaveLength(1);
  expect(server.searches.map(({ type }) => type)).toEqual(['metadata', 'Patient', 'Flag']);
  await source.close();
});

test('a server that comes to know EpisodeOfCare is asked for it once it has been seen to be ready', async () => {
  const types = ['Patient'];
  await using server = await startScriptedServer((search, response) => {
    if (search.type === 'metadata') return send(response, capable(...types));
    return send(
      response,
      bundle(search.type === 'Patient' ? [patient(HE)] : search.type === 'EpisodeOfCare' ? [episode('p1')] : []),
    );
  });
  const source = createFhirSource({ baseUrl: server.url, clock });
  await expect(source.referrals([HE], ask())).rejects.toBeInstanceOf(UnsupportedRecordType);
  types.push('EpisodeOfCare');
  await source.ready(AbortSignal.timeout(1_000));
  expect((await source.referrals([HE], ask())).get(HE)).toHaveLength(1);
  await source.close();
});

test.each([
  ['404', { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'not-found' }] }, 404],
  [
    '400, not-supported',
    { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'not-supported' }] },
    400,
  ],
  [
    '200, not-supported',
    { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'not-supported' }] },
    200,
  ],
])('a server that answers a search for EpisodeOfCare with %s does not know it', async (_what, outcome, status) => {
  await using server = await startScriptedServer((search, response) =>
    search.type === 'EpisodeOfCare' ? send(response, outcome, status) : send(response, bundle([patient(HE)])),
  );
  const source = createFhirSource({ baseUrl: server.url, clock });
  await expect(source.referrals([HE], ask())).rejects.toBeInstanceOf(UnsupportedRecordType);
  await source.close();
});

test.each([400, 403, 500])('a server that declines a search for EpisodeOfCare with %d is at fault', async (status) => {
  await using server = await startScriptedServer((search, response) =>
    search.type === 'EpisodeOfCare' ? send(response, {}, status) : send(response, bundle([patient(HE)])),
  );
  const source = createFhirSource({ baseUrl: server.url, clock });
  await expect(source.referrals([HE], ask())).rejects.toMatchObject({ name: 'FhirServerError', code: 'REFUSED' });
  await source.close();
});

test('a later page of referrals that is not found is a fault: the server knows them', async () => {
  await using server = await startScriptedServer((search, response, baseUrl) => {
    if (search.type === 'Patient') return send(response, bundle([patient(HE)]));
    if (search.type === 'EpisodeOfCare') return send(response, bundle([episode('p1')], `${baseUrl}?page=2`));
    return send(response, {}, 404);
  });
  const source = createFhirSource({ baseUrl: server.url, clock });
  await expect(source.referrals([HE], ask())).rejects.toMatchObject({ name: 'FhirServerError', code: 'REFUSED' });
  await source.close();
});

test('a server that does not know CareTeam is at fault, and not said to know no referrals', async () => {
  await using server = await startScriptedServer((search, response) => {
    if (search.type === 'CareTeam') return send(response, {}, 404);
    return send(
      response,
      bundle(search.type === 'Patient' ? [patient(HE)] : search.type === 'EpisodeOfCare' ? [episode('p1')] : []),
    );
  });
  const source = createFhirSource({ baseUrl: server.url, clock });
  await expect(source.referrals([HE], ask())).rejects.toMatchObject({ name: 'FhirServerError', code: 'REFUSED' });
  await source.close();
});

test('a server that names no types at all is asked for episodes of care', async () => {
  await using server = await startScriptedServer((search, response) => {
    if (search.type === 'metadata')
      return send(response, { resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' });
    return send(
      response,
      bundle(search.type === 'Patient' ? [patient(HE)] : search.type === 'EpisodeOfCare' ? [episode('p1')] : []),
    );
  });
  const source = createFhirSource({ baseUrl: server.url, clock });
  await source.ready(AbortSignal.timeout(1_000));
  expect((await source.referrals([HE], ask())).get(HE)).toHaveLength(1);
  await source.close();
});
