import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import type { AuditEntry } from '@caregraph/service/audit/entry.ts';
import type { TrustSource } from '@caregraph/trust/source.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nhsNumbers } from '../support/nhs-numbers.ts';
import {
  type Answer,
  type Consortium,
  EVERYTHING,
  everythingOf,
  RECORD_TYPES,
  STARTING_MS,
  startConsortium,
  type Who,
} from './consortium.ts';

const [ANN = '', BEN = '', CAT = '', NOBODY = '', ...CASELOAD] = nhsNumbers(220);

/** Everything with those of RXT and RRU; in an emergency, RYG as well. */
const AGREEMENTS = {
  'everything.yaml': `
id: everything
name: Everything
from: 2020-01-01
custodians: [RW5, RXT, RXA]
shares:
  - { level: CONTENT, recordTypes: all, consumers: [RXT, RRU], roles: clinicians, purposes: [directcare] }
`,
  'emergency.yaml': `
id: emergency
name: Emergencies
from: 2020-01-01
custodians: [RYG]
shares:
  - { level: CONTENT, emergency: true, recordTypes: all, consumers: [RRU], roles: [paramedic], purposes: [directcare] }
`,
};

const CLINICIAN: Who = { organisation: 'RXT', role: 'crisis-clinician' };
const OFFICER: Who = { organisation: 'RRU', role: 'privacy-officer' };
const REASON = 'Found unconscious on the platform; we must know what she has taken and whom to ring.';

/** Holds what RXT says while it is set. */
let hold: { readonly asked: () => void; readonly until: Promise<void> } | null = null;

let consortium: Consortium;
beforeAll(async () => {
  const rxt = everythingOf('RXT', [ANN]);
  const alerts: TrustSource['alerts'] = async (...asked) => {
    hold?.asked();
    await hold?.until;
    return rxt.source.alerts(...asked);
  };
  consortium = await startConsortium({
    custodians: [
      everythingOf('RW5', [ANN, BEN, CAT, ...CASELOAD]),
      { ...rxt, source: { ...rxt.source, alerts } },
      // Nobody listens there.
      { ...everythingOf('RXA', [CAT]), url: 'http://127.0.0.1:1/graphql' },
      everythingOf('RYG', [ANN]),
    ],
    agreements: AGREEMENTS,
    lasting: true,
    segmentBytes: 1,
  });
}, STARTING_MS);
afterAll(() => consortium[Symbol.asyncDispose]());

/** What an operation has left on the disk by the time its answer has come. */
async function left(who: Who, query: string, variables: Record<string, unknown> = {}) {
  const before = consortium.gateway.entries().length;
  const answer = await consortium.ask(who, query, variables);
  return { answer, entries: consortium.gateway.entries().slice(before) };
}

/** The one entry that an operation has left. */
async function entryOf(who: Who, query: string, variables: Record<string, unknown> = {}): Promise<AuditEntry> {
  const { entries, answer } = await left(who, query, variables);
  const [entry] = entries;
  if (!entry || entries.length > 1) throw new Error(`It has left ${entries.length} entries. ${answer.text}`);
  return entry;
}

/** The custodians of an entry: each patient, who was asked, what came of it. */
const custodiansOf = ({ patients, custodians }: AuditEntry): string[] =>
  custodians
    .map(({ patient, custodian, outcome, records }) => `${patients[patient]} ${custodian} ${outcome} ${records}`)
    .sort();

describe('every operation that touches a patient leaves one entry, on disk before its answer has come', () => {
  test('with all that there is to know of it', async () => {
    const started = Date.now();
    const entry = await entryOf(
      { organisation: 'RXT', role: 'midwife', user: 'a midwife' },
      'query Look($n: NHSNumber!) { patient(nhsNumber: $n) { crisisPlans { id } alerts { id } } }',
      { n: ANN },
    );
    expect(entry).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      at: expect.any(String),
      caller: { user: 'a midwife', organisation: 'RXT', role: 'midwife', purpose: 'directcare' },
      breakGlass: [],
      patients: [ANN],
      operation: {
        kind: 'query',
        name: 'Look',
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        fields: ['patient'],
      },
      recordTypes: expect.toSatisfy((types: string[]) => [...types].sort().join() === 'alerts,crisisPlans'),
      custodians: expect.any(Array),
      result: 'RELEASED',
    });
    expect(custodiansOf(entry)).toEqual([`${ANN} RW5 ANSWERED 2`, `${ANN} RXT ANSWERED 2`]);
    expect(Date.parse(entry.at)).toBeGreaterThanOrEqual(started);
    expect(Date.parse(entry.at)).toBeLessThanOrEqual(Date.now());
  });

  const spelt = `${ANN.slice(0, 3)} ${ANN.slice(3, 6)} ${ANN.slice(6)}`;
  const all = [...RECORD_TYPES].sort().join();
  const cases: {
    readonly what: string;
    readonly who?: Who;
    readonly query: string;
    readonly variables?: Record<string, unknown>;
    readonly patients?: readonly string[];
    readonly fields?: readonly string[];
    readonly recordTypes?: string;
    readonly custodians?: readonly string[];
    readonly result?: AuditEntry['result'];
  }[] = [
    {
      what: 'a literal, as people write it',
      query: `{ patient(nhsNumber: "${spelt}") { contacts { id } } }`,
      recordTypes: 'contacts',
      custodians: [`${ANN} RW5 ANSWERED 1`, `${ANN} RXT ANSWERED 1`],
    },
    {
      what: 'the default of a variable',
      query: `query ($n: NHSNumber! = "${BEN}") { patient(nhsNumber: $n) { contacts { id } } }`,
      patients: [BEN],
      recordTypes: 'contacts',
      custodians: [`${BEN} RW5 ANSWERED 1`],
    },
    {
      what: 'aliases and fragments',
      query: `query ($n: NHSNumber!) { a: patient(nhsNumber: "${ANN}") { ...some } ...b }
        fragment some on Patient { x: contacts { id } y: alerts { id } }
        fragment b on Query { b: patient(nhsNumber: $n) { z: contacts { id } } }`,
      variables: { n: BEN },
      patients: [ANN, BEN],
      recordTypes: 'alerts,contacts',
      custodians: [`${ANN} RW5 ANSWERED 2`, `${ANN} RXT ANSWERED 2`, `${BEN} RW5 ANSWERED 1`],
    },
    {
      what: 'one operation of several, and nobody whom only another one names',
      query: `query One($n: NHSNumber!) { patient(nhsNumber: $n) { contacts { id } } }
        query Other { ...other } fragment other on Query { patient(nhsNumber: "${BEN}") { alerts { id } pointers { id } } }`,
      variables: { n: ANN },
      recordTypes: 'contacts',
      custodians: [`${ANN} RW5 ANSWERED 1`, `${ANN} RXT ANSWERED 1`],
    },
    {
      what: 'several patients',
      query: 'query ($n: [NHSNumber!]!) { patients(nhsNumbers: $n) { alerts { id } } }',
      variables: { n: [BEN, ANN, BEN, NOBODY] },
      patients: [BEN, ANN, NOBODY],
      fields: ['patients'],
      recordTypes: 'alerts',
      custodians: [`${ANN} RW5 ANSWERED 1`, `${ANN} RXT ANSWERED 1`, `${BEN} RW5 ANSWERED 1`],
    },
    {
      what: 'a whole caseload',
      query: 'query ($n: [NHSNumber!]!) { patients(nhsNumbers: $n) { alerts { id } } }',
      variables: { n: CASELOAD.slice(0, 200) },
      patients: CASELOAD.slice(0, 200),
      fields: ['patients'],
      recordTypes: 'alerts',
      custodians: CASELOAD.slice(0, 200).map((nhsNumber) => `${nhsNumber} RW5 ANSWERED 1`),
    },
    {
      what: 'more patients than may be asked for at once',
      query: 'query ($n: [NHSNumber!]!) { patients(nhsNumbers: $n) { alerts { id } } }',
      variables: { n: CASELOAD.slice(0, 201) },
      patients: CASELOAD.slice(0, 201),
      fields: ['patients'],
      recordTypes: '',
      result: 'FAILED',
    },
    {
      what: 'pointers alone',
      query: `{ patient(nhsNumber: "${ANN}") { pointers { id } } }`,
      recordTypes: 'pointers',
    },
    {
      what: 'the number alone',
      query: `{ patient(nhsNumber: "${ANN}") { nhsNumber } }`,
      recordTypes: '',
    },
    {
      what: 'whether they would answer, of which no record is sent',
      query: `{ patient(nhsNumber: "${ANN}") { completeness sources { status } } }`,
      recordTypes: all,
      custodians: [`${ANN} RW5 ANSWERED 0`, `${ANN} RXT ANSWERED 0`],
    },
    {
      what: 'no more records than are sent, of those who gave them',
      query: `{ patient(nhsNumber: "${ANN}") { careContacts(first: 1) { id } } }`,
      recordTypes: 'careContacts',
      custodians: [`${ANN} RW5 ANSWERED 1`, `${ANN} RXT ANSWERED 0`],
    },
    {
      what: 'a patient of whom nobody holds anything',
      query: `{ patient(nhsNumber: "${NOBODY}") { alerts { id } } }`,
      patients: [NOBODY],
      recordTypes: '',
    },
    {
      what: 'one who is shown nothing',
      who: { organisation: 'RJ1', role: 'paramedic' },
      query: `{ patient(nhsNumber: "${ANN}") { alerts { id } } }`,
      recordTypes: '',
    },
    {
      what: 'a custodian that cannot be reached',
      query: `{ patient(nhsNumber: "${CAT}") { alerts { id } contacts { id } } }`,
      patients: [CAT],
      recordTypes: 'alerts,contacts',
      custodians: [`${CAT} RW5 ANSWERED 2`, `${CAT} RXA UNAVAILABLE 0`],
      result: 'PARTIAL',
    },
    {
      what: 'what the role may not see',
      who: OFFICER,
      query: `{ patient(nhsNumber: "${ANN}") { alerts { id } pointers { id } } }`,
      recordTypes: '',
      result: 'REFUSED',
    },
    {
      what: 'a look at the log',
      who: OFFICER,
      query: `{ accessLog(nhsNumber: "${ANN}") { entries { id } } }`,
      fields: ['accessLog'],
      recordTypes: '',
    },
    {
      what: 'a look at the log by one who may not',
      query: `{ accessLog(nhsNumber: "${ANN}") { entries { id } } }`,
      fields: ['accessLog'],
      recordTypes: '',
      result: 'REFUSED',
    },
    {
      what: 'glass that is broken',
      who: { organisation: 'RRU', role: 'paramedic' },
      query: `mutation { breakGlass(nhsNumber: "${BEN}", reason: "${REASON}") { id } }`,
      patients: [BEN],
      fields: ['breakGlass'],
      recordTypes: '',
    },
    {
      what: 'glass that may not be broken',
      query: `mutation { breakGlass(nhsNumber: "${BEN}", reason: "${REASON}") { id } }`,
      patients: [BEN],
      fields: ['breakGlass'],
      recordTypes: '',
      result: 'REFUSED',
    },
    {
      what: 'glass that is not broken for want of a reason',
      who: { organisation: 'RRU', role: 'paramedic' },
      query: `mutation { breakGlass(nhsNumber: "${BEN}", reason: "because") { id } }`,
      patients: [BEN],
      fields: ['breakGlass'],
      recordTypes: '',
      result: 'FAILED',
    },
  ];
  test.each(cases)('of $what', async (given) => {
    const { who = CLINICIAN, query, variables, patients = [ANN], fields = ['patient'], recordTypes } = given;
    const operationName = /^query One/.test(query) ? { operationName: 'One' } : {};
    const before = consortium.gateway.entries().length;
    const answer = await consortium.gateway.post(JSON.stringify({ query, variables, ...operationName }), {
      authorization: await consortium.authorization(who),
    });
    const entries = consortium.gateway.entries().slice(before);
    expect(entries.map(({ patients }) => patients)).toEqual([patients]);
    const [entry] = entries;
    if (!entry) return;
    expect({
      organisation: entry.caller.organisation,
      role: entry.caller.role,
      fields: entry.operation.fields,
      recordTypes: [...entry.recordTypes].sort().join(),
      custodians: custodiansOf(entry),
      result: entry.result,
    }).toEqual({
      organisation: who.organisation,
      role: who.role,
      fields,
      recordTypes,
      custodians: given.custodians ?? [],
      result: given.result ?? 'RELEASED',
    });
    // Records, custodian by custodian, are those that were sent.
    const sent = recordsIn(answer);
    for (const { custodian, records } of entry.custodians) {
      const total = entry.custodians
        .filter((each) => each.custodian === custodian)
        .reduce((sum, each) => sum + each.records, 0);
      expect([custodian, records <= total && total]).toEqual([custodian, sent.get(custodian) ?? 0]);
    }
  });

  test('of a look at reviews, for each patient whom it shows', async () => {
    const paramedic: Who = { organisation: 'RRU', role: 'paramedic', user: 'one who breaks glass' };
    await consortium.ask(paramedic, `mutation { breakGlass(nhsNumber: "${CAT}", reason: "${REASON}") { id } }`);
    const entry = await entryOf(OFFICER, '{ reviews(first: 1) { id user: nhsNumber } }');
    expect(entry).toMatchObject({ patients: [CAT], operation: { fields: ['reviews'] }, result: 'RELEASED' });
  });

  test('of a review that is looked at or closed, by one who does not ask whose it is', async () => {
    const looked = await left(OFFICER, '{ reviews(first: 1) { id reason } }');
    expect(looked.entries).toMatchObject([{ patients: [], operation: { fields: ['reviews'] }, result: 'RELEASED' }]);
    const [{ id }] = looked.answer.data.reviews;
    const close = 'mutation ($id: ID!) { closeReview(id: $id, finding: JUSTIFIED) { state } }';
    const refused = await entryOf(CLINICIAN, close, { id });
    expect(refused).toMatchObject({ patients: [], operation: { fields: ['closeReview'] }, result: 'REFUSED' });
    const closed = await entryOf(OFFICER, close, { id });
    expect(closed).toMatchObject({ patients: [], operation: { kind: 'mutation' }, result: 'RELEASED' });
    await everythingIsShipped();
  });

  test('and who has looked at the log is in the log', async () => {
    const looking: Who = { ...OFFICER, user: 'a curious officer' };
    const entry = await entryOf(looking, `{ accessLog(nhsNumber: "${BEN}") { entries { id } } }`);
    await everythingIsShipped();
    const { data } = await consortium.ask(OFFICER, `{ accessLog(nhsNumber: "${BEN}") { entries { id user } } }`);
    expect(data.accessLog.entries).toContainEqual({ id: entry.id, user: looking.user });
  });

  test('however many come at the same time', async () => {
    const users = Array.from({ length: 60 }, (_, i) => `user ${i} of many`);
    const found = await Promise.all(
      users.map(async (user) => {
        const { status } = await consortium.ask(
          { ...CLINICIAN, user },
          'query ($n: NHSNumber!) { patient(nhsNumber: $n) { alerts { id } } }',
          { n: ANN },
        );
        return [status, consortium.gateway.entries().filter(({ caller }) => caller.user === user).length];
      }),
    );
    expect(found).toEqual(users.map(() => [200, 1]));
  });

  test('whether or not its client is still there', async () => {
    const user = 'one who hangs up';
    const asked = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    hold = { asked: asked.resolve, until: release.promise };
    const body = JSON.stringify({ query: `{ patient(nhsNumber: "${ANN}") { alerts { id } } }` });
    const asking = request(`${consortium.gateway.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': body.length,
        authorization: await consortium.authorization({ ...CLINICIAN, user }),
      },
    });
    asking.on('error', () => {});
    asking.end(body);
    await asked.promise;
    asking.destroy();
    const ofUser = () => consortium.gateway.entries().filter(({ caller }) => caller.user === user);
    await until(async () => ofUser().length > 0);
    release.resolve();
    hold = null;
    expect(ofUser().map(({ patients }) => patients)).toEqual([[ANN]]);
  });

  test('when the gateway has begun anew as well, in the same chain', async () => {
    const before = consortium.gateway.entries().map(({ id }) => id);
    await consortium.gateway.stop();
    await consortium.gateway.start();
    const { id } = await entryOf(CLINICIAN, `{ patient(nhsNumber: "${ANN}") { alerts { id } } }`);
    expect(consortium.gateway.entries().map((entry) => entry.id)).toEqual([...before, id]);
    expect(consortium.gateway.findings()).toEqual([]);
  });

  test('without a word that only its client can have put there', async () => {
    await left(CLINICIAN, `query Look${ANN} { patient(nhsNumber: "${ANN}") { alerts(status: [INACTIVE]) { id } } }`);
    const text = consortium.gateway.lines().join('\n');
    expect(text).not.toContain('unconscious');
    expect(text).not.toContain(`Look${ANN}`);
    const numbers = consortium.gateway.entries().flatMap(({ patients }) => patients);
    // The numbers of patients stand there, each in its place, and nowhere else.
    expect(text.match(/(?<![0-9a-f-])999\d{7}(?![0-9a-f-])/g)?.length).toBe(numbers.length);
  });

  test('in which operations that differ in their literals alone are the same one', async () => {
    const look = (nhsNumber: string, list: string) =>
      entryOf(CLINICIAN, `{ patient(nhsNumber: "${nhsNumber}") { ${list} { id } } }`);
    const one = await look(ANN, 'alerts');
    const other = await look(BEN, 'alerts');
    const another = await look(BEN, 'contacts');
    expect(one.operation.hash).toBe(other.operation.hash);
    expect(another.operation.hash).not.toBe(other.operation.hash);
  });
});

describe('an operation that touches nobody leaves none', () => {
  test.each([
    ['asks for nothing', '{ __typename }', {}],
    ['asks for organisations', '{ organisations { odsCode } organisation(odsCode: "RW5") { name } }', {}],
    ['is no GraphQL', `{ patient(nhsNumber: "${ANN}") `, {}],
    ['asks for what there is not', `{ patient(nhsNumber: "${ANN}") { thoughts } }`, {}],
    [
      'gives a number that is none',
      'query ($n: NHSNumber!) { patient(nhsNumber: $n) { nhsNumber } }',
      { n: '1234567890' },
    ],
  ])('when it %s', async (_what, query, variables) => {
    expect((await left(CLINICIAN, query, variables)).entries).toEqual([]);
  });

  test('when nobody knows who asks', async () => {
    const before = consortium.gateway.entries().length;
    const { status } = await consortium.gateway.post(
      JSON.stringify({ query: `{ patient(nhsNumber: "${ANN}") { alerts { id } } }` }),
    );
    expect(status).toBe(401);
    expect(consortium.gateway.entries()).toHaveLength(before);
  });
});

describe('while the access subgraph is down', () => {
  test('care goes on, and the entries follow, each exactly once', async () => {
    await everythingIsShipped();
    const before = consortium.gateway.entries().length;
    await consortium.access.stop();
    const paramedic: Who = { organisation: 'RRU', role: 'paramedic', user: 'one of the night' };
    for (const nhsNumber of [ANN, BEN, CAT, ANN]) {
      const { status, data } = await consortium.ask(
        paramedic,
        `{ patient(nhsNumber: "${nhsNumber}") { contacts { id } } }`,
      );
      expect(status).toBe(200);
      expect(data.patient.contacts.length).toBeGreaterThan(0);
    }
    const entries = consortium.gateway.entries().slice(before);
    expect(entries.map(({ patients }) => patients)).toEqual([[ANN], [BEN], [CAT], [ANN]]);
    await consortium.access.start();
    await everythingIsShipped();
    expect((await logged(ANN)).filter((id) => entries.some((entry) => entry.id === id)).sort()).toEqual(
      [entries[0]?.id, entries[3]?.id].sort(),
    );
    const found = [...(await logged(BEN)), ...(await logged(CAT))];
    expect(found.filter((id) => id === entries[1]?.id || id === entries[2]?.id)).toHaveLength(2);
  });
});

describe('while the disk fails', () => {
  const LOOK = `{ patient(nhsNumber: "${ANN}") { ${EVERYTHING} } }`;
  const ready = async (): Promise<number> => (await fetch(`${consortium.gateway.url}/health/ready`)).status;

  /** Whatever file the journal would begin next, it cannot; but for one that a checkpoint has begun already. */
  function breakDisk(): () => void {
    const { journal, lines } = consortium.gateway;
    const next = lines().length + 1;
    const made = [next, next + 1]
      .map((seq) => join(journal, `${String(seq).padStart(16, '0')}.jsonl`))
      .filter((file) => !existsSync(file));
    for (const folder of made) mkdirSync(folder);
    return () => {
      for (const folder of made) rmdirSync(folder);
    };
  }

  test('entries go to the access subgraph; while that is down too nothing is released, and care begins again with either', async () => {
    const paramedic: Who = { organisation: 'RRU', role: 'paramedic', user: 'one of a bad night' };
    const mendDisk = breakDisk();
    try {
      const before = consortium.gateway.entries().length;
      const elsewhere = await consortium.ask(paramedic, LOOK);
      expect(elsewhere.status).toBe(200);
      expect(elsewhere.data.patient.alerts).toHaveLength(2);
      expect(consortium.gateway.entries()).toHaveLength(before);
      expect(await usersIn(ANN)).toEqual([paramedic.user]);
      expect(await ready()).toBe(200);

      await consortium.access.stop();
      const refused = await consortium.ask(paramedic, LOOK);
      expect(refused.status).toBe(503);
      expect(refused.data ?? null).toBeNull();
      expect(refused.errors.map(({ extensions }) => extensions?.code)).toEqual(['AUDIT_UNAVAILABLE']);
      expect(refused.text).not.toMatch(/RW5|RXT|999/);
      expect(await ready()).toBe(503);
      // What touches nobody needs no entry.
      expect((await consortium.ask(paramedic, '{ organisation(odsCode: "RW5") { name } }')).status).toBe(200);
      expect((await fetch(`${consortium.gateway.url}/health/live`)).status).toBe(200);
    } finally {
      mendDisk();
    }
    expect(await ready()).toBe(200);
    const healed = await left(paramedic, LOOK);
    expect(healed.answer.status).toBe(200);
    expect(healed.answer.data.patient.alerts).toHaveLength(2);
    expect(healed.entries).toHaveLength(1);
    expect(consortium.gateway.findings()).toEqual([]);

    await consortium.access.start();
    await everythingIsShipped();
    // What was released is there, once: before, and after. What was not released was seen by nobody.
    expect(await usersIn(ANN)).toEqual([paramedic.user, paramedic.user]);

    async function usersIn(nhsNumber: string): Promise<string[]> {
      const { data } = await consortium.ask(
        OFFICER,
        `{ accessLog(nhsNumber: "${nhsNumber}", first: 500) { entries { user } } }`,
      );
      return data.accessLog.entries
        .map(({ user }: { user: string }) => user)
        .filter((user: string) => user === paramedic.user);
    }
  });
});

/** How many records of each custodian an answer holds, however often each. */
function recordsIn({ data }: Answer): ReadonlyMap<string, number> {
  const found = new Set<string>();
  const look = (value: unknown, name: string): void => {
    if (Array.isArray(value)) for (const item of value) look(item, name);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) look(inner, key === 'id' ? name : key);
    } else if (typeof value === 'string' && /^R\w\w:\d+$/.test(value)) found.add(`${value} of ${name}`);
  };
  look(data, '');
  const byCustodian = Map.groupBy(found, (record) => record.slice(0, 3));
  return new Map([...byCustodian].map(([custodian, records]) => [custodian, records.length]));
}

/** The ids of the looks at a patient that a privacy officer is shown. */
async function logged(nhsNumber: string): Promise<string[]> {
  const { data } = await consortium.ask(
    OFFICER,
    'query ($n: NHSNumber!) { accessLog(nhsNumber: $n, first: 500) { entries { id } } }',
    { n: nhsNumber },
  );
  return data.accessLog.entries.map(({ id }: { id: string }) => id);
}

/** Resolves once it is so. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
}

/** Resolves once the access subgraph has every line that is in the journal. */
async function everythingIsShipped(): Promise<void> {
  await until(async () => {
    const response = await fetch(`${consortium.gateway.url}/health/ready`);
    const { detail } = JSON.parse(await response.text());
    return detail?.audit.unshipped === 0;
  });
}
