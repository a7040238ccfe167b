import type { AuditEntry } from '@caregraph/service/audit/entry.ts';
import { createLog } from '@caregraph/service/log.ts';
import { createOnwardGuard } from '@caregraph/service/onward.ts';
import type { Served } from '@caregraph/service/serve.ts';
import { serveTrust } from '@caregraph/trust/serve-trust.ts';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  type Consortium,
  EVERYTHING,
  everythingOf,
  STARTING_MS,
  startConsortium,
  type Who,
} from '../gateway/consortium.ts';
import { createTestSigner, postSigned, type TestSigner } from '../support/onward.ts';
import { type Restricting, restrictingFHIR, restrictingSQL, STRANGERS } from './restricted-records.ts';

vi.setConfig({ testTimeout: STARTING_MS });

const [stranger, other, unheard, ...more] = STRANGERS as [string, string, string, ...string[]];

const CREW: Who = { organisation: 'RRU', role: 'paramedic' };
const LOOK = `query Look($n: NHSNumber!) { patient(nhsNumber: $n) { ${EVERYTHING} } }`;
const CASELOAD = `query Caseload($n: [NHSNumber!]!) { patients(nhsNumbers: $n) { ${EVERYTHING} } }`;
const BREAK_GLASS =
  'mutation Break($n: NHSNumber!, $reason: String!) { breakGlass(nhsNumber: $n, reason: $reason) { id until } }';
const LOG = `query Log($n: NHSNumber!) {
  accessLog(nhsNumber: $n) {
    entries { user role purpose breakGlass operation recordTypes result sources { custodian { odsCode } status records } }
  }
}`;
const REASON = 'Found unconscious at the station, and nobody knows whom to ring for her.';

const RECORDS =
  'demographics { id } crisisPlans { id title } contacts { id name } alerts { id text } careContacts { id } hospitalSpells { id } legalStatuses { id } referrals { id } demographicsHistory { id } crisisPlanHistory { id title } careContactHistory { id } hospitalSpellHistory { id } legalStatusHistory { id } referralHistory { id }';
const ENTITIES = `query Gather($of: [_Any!]!) { _entities(representations: $of) { ... on Patient { nhsNumber ${RECORDS} } } }`;

/** What stands in a text when it is not looked at which patient, and which time and id, it is about. */
const about = (text: string, ...numbers: readonly string[]): string =>
  numbers
    .reduce((read, number, i) => read.replaceAll(number, `patient ${i}`), text)
    .replace(/RHA:\d/g, 'a record')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'a moment')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'an id');

describe.each([
  ['SQL', 'RW4', restrictingSQL],
  ['FHIR', 'RXA', restrictingFHIR],
] as const)('a trust’s restricted records (%s)', (_kind, odsCode, restricting) => {
  let trust: Restricting;
  let served: Served;
  let signer: TestSigner;
  const logged: string[] = [];

  beforeAll(async () => {
    trust = await restricting();
    signer = createTestSigner();
    const { issuer, keys } = signer;
    served = await serveTrust({
      organisation: { odsCode, name: odsCode },
      source: trust.source,
      log: createLog({ name: odsCode, level: 'trace', destination: { write: (line) => logged.push(line) } }),
      clock: () => new Date(),
      host: '127.0.0.1',
      port: 0,
      guard: createOnwardGuard({ issuer, audience: odsCode, keys, now: () => new Date() }),
      development: false,
    });
  }, STARTING_MS);
  afterAll(async () => {
    await served.close();
    await trust.close();
    signer.close();
  });

  /** All that somebody with a good token can see of an answer, and what was logged meanwhile. */
  const ask = async (...numbers: readonly string[]) => {
    logged.length = 0;
    const of = numbers.map((nhsNumber) => ({ __typename: 'Patient', nhsNumber }));
    const response = await postSigned(signer, odsCode, `${served.url}/graphql`, { query: ENTITIES, variables: { of } });
    const { date: _, ...headers } = Object.fromEntries(response.headers);
    const text = await response.text();
    return {
      status: response.status,
      headers,
      length: text.length,
      body: about(text, ...numbers),
      logged: logged.map((line) => about(line, ...numbers).replace(/"ms":\d+/, '"ms":0')),
    };
  };

  test('are there, so that this is worth something', async () => {
    const { body } = await ask(trust.ordinary);
    expect(body).toContain('"crisisPlans":[{');
    expect(JSON.parse(body).data._entities).toHaveLength(1);
  });

  test('are answered like those of somebody of whom it has never heard', async () => {
    expect(await ask(trust.restricted)).toEqual(await ask(stranger));
  });

  test('are answered like that in a caseload, whoever else is in it', async () => {
    const { ordinary, restricted } = trust;
    expect(await ask(ordinary, restricted, other)).toEqual(await ask(ordinary, stranger, other));
    expect(await ask(restricted, other, ordinary)).toEqual(await ask(stranger, other, ordinary));
    expect(await ask(restricted, restricted)).toEqual(await ask(stranger, stranger));
    expect(await ask(...more, restricted)).toEqual(await ask(...more, unheard));
  });

  test('leave no trace in what anybody may ask of its health', async () => {
    const health = async () => (await fetch(`${served.url}/health/ready`)).text();
    await ask(stranger);
    const before = await health();
    await ask(trust.restricted);
    expect(await health()).toEqual(before);
  });

  test('of a patient of whom it holds others are missing from the list and its history, and from nothing else', async () => {
    const before = JSON.parse((await ask(trust.ordinary)).body);
    await trust.restrictPlans(true);
    const { body } = await ask(trust.ordinary);
    await trust.restrictPlans(false);
    const [entity] = before.data._entities;
    expect(entity.crisisPlanHistory).not.toEqual([]);
    const without = { ...entity, crisisPlans: [], crisisPlanHistory: [] };
    expect(JSON.parse(body)).toEqual({ ...before, data: { _entities: [without] } });
  });

  test('are all there is of a patient from the moment on at which the patient is restricted', async () => {
    await trust.restrictPatient(true);
    const answer = await ask(trust.ordinary);
    await trust.restrictPatient(false);
    expect(answer).toEqual(await ask(stranger));
    expect(await ask(trust.ordinary)).not.toEqual(answer);
  });

  test('are pointed to by nothing', async () => {
    const subjects = new Set<string>();
    for await (const { subject } of trust.source.pointers(AbortSignal.timeout(10_000))) subjects.add(subject);
    expect(subjects.has(trust.ordinary)).toBe(true);
    expect(subjects.has(trust.restricted)).toBe(false);
  });
});

describe('restricted records, to callers outside the trust', () => {
  let sql: Restricting;
  let fhir: Restricting;
  let consortium: Consortium;
  /** Of whom Nottinghamshire holds the same records: one is restricted elsewhere, and the other is not known there. */
  let pairs: readonly (readonly [restricted: string, unknown: string])[];

  beforeAll(async () => {
    [sql, fhir] = await Promise.all([restrictingSQL(), restrictingFHIR()]);
    consortium = await startConsortium({
      custodians: [
        { odsCode: 'RW4', source: sql.source },
        { odsCode: 'RXA', source: fhir.source },
        everythingOf('RHA', [sql.restricted, stranger]),
      ],
    });
    pairs = [
      [sql.restricted, stranger],
      [fhir.restricted, unheard],
    ];
  }, STARTING_MS);
  afterAll(async () => {
    await consortium?.[Symbol.asyncDispose]();
    await Promise.all([sql, fhir].map((each) => each?.close()));
  });

  const seen = async (who: Who, query: string, variables: Record<string, unknown>, ...numbers: readonly string[]) => {
    const { status, text } = await consortium.ask(who, query, variables);
    return { status, length: text.length, text: about(text, ...numbers) };
  };

  /** The entries of the audit since some moment, but for whom, when and under which id. */
  const entries = (from: number): unknown[] =>
    consortium.gateway
      .entries()
      .slice(from)
      .map(({ id: _, at: __, patients, ...entry }: AuditEntry) => ({
        ...entry,
        patients: patients.length,
        breakGlass: entry.breakGlass.length,
      }));

  /** How much of the audit is still on its way to where officers read it. */
  const unshipped = async (): Promise<unknown> => {
    const health = await (await fetch(`${consortium.gateway.url}/health/ready`)).text();
    return JSON.parse(health).detail.audit.unshipped;
  };

  const whoever: readonly Who[] = [
    CREW,
    { organisation: 'RX7', role: 'paramedic' },
    { organisation: 'RXT', role: 'crisis-clinician' },
    { organisation: 'RHA', role: 'community-nurse' },
    { organisation: 'RRU', role: 'privacy-officer' },
    { organisation: 'RJ1', role: 'midwife' },
  ];

  test('look like those of a patient whom the trust has never met, to whoever asks', async () => {
    for (const [restricted, unknown] of pairs) {
      for (const who of whoever) {
        const from = consortium.gateway.entries().length;
        const answer = await seen(who, LOOK, { n: restricted }, restricted);
        const between = consortium.gateway.entries().length;
        expect(answer).toEqual(await seen(who, LOOK, { n: unknown }, unknown));
        expect(entries(from).slice(0, between - from)).toEqual(entries(between));
      }
    }
  });

  test('look like that in a caseload', async () => {
    const { ordinary } = sql;
    const as = (...n: readonly string[]) => seen(CREW, CASELOAD, { n }, ...n);
    expect(await as(ordinary, sql.restricted, other)).toEqual(await as(ordinary, stranger, other));
    expect(await as(fhir.restricted, other, fhir.ordinary)).toEqual(await as(unheard, other, fhir.ordinary));
  });

  test('look like that also while the locator is lost, and every trust is asked', async () => {
    await consortium.locator.stop();
    const asked = consortium.trusts.RW4?.knocked ?? 0;
    for (const [restricted, unknown] of pairs) {
      const answer = await seen(CREW, LOOK, { n: restricted }, restricted);
      expect(answer).toEqual(await seen(CREW, LOOK, { n: unknown }, unknown));
      expect(answer.text).toContain('"custodian":{"odsCode":"RW4","name":"Mersey Care"},"status":"ANSWERED_NONE"');
    }
    expect(consortium.trusts.RW4?.knocked).toBe(asked + 4);
    await consortium.locator.start();
    await Promise.all(Object.values(consortium.trusts).map((trust) => trust.publish()));
  });

  test('look like that through broken glass; so do the event, the review and the log', async () => {
    const officer: Who = { organisation: 'RRU', role: 'privacy-officer' };
    for (const [restricted, unknown] of pairs) {
      const told = consortium.events.length;
      const both = await Promise.all(
        [restricted, unknown].map(async (n) => {
          const who = { ...CREW, user: `breaks for ${n === restricted ? 'one' : 'two'}` };
          const broken = await seen(who, BREAK_GLASS, { n, reason: REASON }, n);
          const answer = await seen(who, LOOK, { n }, n);
          return { broken, answer };
        }),
      );
      expect(both[0]?.broken).toEqual(both[1]?.broken);
      expect(both[0]?.answer).toEqual(both[1]?.answer);
      await consortium.eventsCame(told + 2);
      const [one, two] = consortium.events
        .slice(told)
        .map((event) => about(event).replace(/breaks for \w+/, 'somebody'));
      expect(one).toEqual(two);
      await expect.poll(unshipped).toBe(0);
      const log = (n: string) => seen(officer, LOG, { n }, n);
      const logs = (await log(restricted)).text.replaceAll('breaks for one', 'somebody');
      expect(logs).toEqual((await log(unknown)).text.replaceAll('breaks for two', 'somebody'));
    }
  });

  test('are withdrawn from the locator when they become restricted, and are back when they no longer are', async () => {
    for (const [odsCode, trust] of [
      ['RW4', sql],
      ['RXA', fhir],
    ] as const) {
      const { ordinary } = trust;
      const look = (n = ordinary) => seen(CREW, LOOK, { n }, n);
      const inOrder = ({ text }: { readonly text: string }) => {
        const { pointers, ...rest } = JSON.parse(text).data.patient;
        // Those that were published together stand in no order.
        return { ...rest, pointers: pointers.map((each: unknown) => JSON.stringify(each)).sort() };
      };
      const before = await look();
      expect(before.text).toContain(`{"custodian":{"odsCode":"${odsCode}"},"type":{"code":"736253002"}}`);
      const publish = async () => consortium.trusts[odsCode]?.publish();

      await trust.restrictPlans(true);
      await publish();
      const without = await look();
      expect(without.text).not.toContain('736253002');
      expect(without.text).toContain(`{"custodian":{"odsCode":"${odsCode}"},"type":{"code":"824321000000109"}}`);

      await trust.restrictPatient(true);
      await publish();
      expect(await look()).toEqual(await look(other));

      await trust.restrictPlans(false);
      await trust.restrictPatient(false);
      await publish();
      expect(inOrder(await look())).toEqual(inOrder(before));
    }
  });
});
