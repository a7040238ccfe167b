import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { patientsOf } from '@caregraph/demo/patients.ts';
import type { PatientRecords } from '@caregraph/demo/population/patient-records.ts';
import { TRUSTS } from '@caregraph/demo/population/trusts.ts';
import { openRecordsSystem, recordsSystemImage } from '@caregraph/demo/records-system-image.ts';
import stories from '@caregraph/demo/stories.json' with { type: 'json' };
import { checkPointer } from '@caregraph/locator/check-pointer.ts';
import { createLog } from '@caregraph/service/log.ts';
import { addDays } from '@caregraph/service/uk-time.ts';
import { createSqlSource } from '@caregraph/trust/adapters/sql/sql-source.ts';
import { createTrustSubgraph } from '@caregraph/trust/create-trust-subgraph.ts';
import type { Pointer, RecordTypes, TrustSource } from '@caregraph/trust/source.ts';
import type { PGlite } from '@electric-sql/pglite';
import { type GraphQLNamedType, getNamedType, graphql, isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TODAY } from './made-up.ts';

const folder = mkdtempSync(join(tmpdir(), 'caregraph-demo-'));
const ask = { caller: null, signal: AbortSignal.timeout(60_000), since: null };
const numberOf = (id: string): string => stories.find((story) => story.id === id)?.nhsNumber ?? '';

interface RunningTrust {
  readonly patients: readonly PatientRecords[];
  readonly shared: readonly PatientRecords[];
  readonly database: PGlite;
  readonly source: TrustSource;
  readonly pointers: readonly Pointer[];
}

async function start(odsCode: string, image: string | null): Promise<RunningTrust> {
  const patients = patientsOf(odsCode, TODAY);
  const database = await openRecordsSystem(image, odsCode, TODAY);
  const source = createSqlSource({ pglite: database });
  await source.ready(ask.signal);
  const pointers: Pointer[] = [];
  for await (const pointer of source.pointers(ask.signal)) pointers.push(pointer);
  return { patients, shared: patients.filter(({ restricted }) => !restricted), database, source, pointers };
}

let mersey: RunningTrust;
let cumbria: RunningTrust;

beforeAll(async () => {
  mersey = await start('RW4', await recordsSystemImage(folder, TODAY));
  cumbria = await start('RNN', null);
});
afterAll(async () => {
  await mersey.source.close();
  await cumbria.source.close();
  rmSync(folder, { recursive: true });
});

/** A record as it can be compared: moments by the moment they name, keys in order, whatever wrote them. */
const comparable = (record: unknown): unknown =>
  JSON.parse(
    JSON.stringify(record, (_key, value) => {
      if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)) return new Date(value).toISOString();
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
      }
      return value;
    }),
  );
const sorted = (records: readonly { id: string }[]) =>
  [...records].sort((one, other) => (one.id < other.id ? -1 : 1)).map(comparable);

const TYPES = [
  'crisisPlans',
  'contacts',
  'alerts',
  'careContacts',
  'hospitalSpells',
  'legalStatuses',
  'referrals',
] as const satisfies readonly (keyof RecordTypes)[];

describe('the records system of a trust', () => {
  test('shows through its views exactly what is held, less what is restricted', async () => {
    for (const { source, patients } of [mersey, cumbria]) {
      const numbers = patients.map(({ nhsNumber }) => nhsNumber);
      const demographics = await source.demographics(numbers, ask);
      for (const held of patients) {
        const expected = held.restricted ? [] : [held.demographics];
        expect(sorted(demographics.get(held.nhsNumber) ?? [])).toEqual(sorted(expected));
      }
      for (const type of TYPES) {
        const batch = await source[type](numbers, ask);
        for (const held of patients) {
          const expected = held.restricted ? [] : held[type].filter(({ id }) => !held.restrictedRecords.has(id));
          expect(sorted(batch.get(held.nhsNumber) ?? [])).toEqual(sorted(expected));
        }
      }
      expect([...source.unmapped()]).toEqual([]);
    }
  });

  test('has restricted patients and records, so that this is worth something', () => {
    expect(mersey.patients.filter(({ restricted }) => restricted).length).toBeGreaterThan(1);
    expect(mersey.patients.some(({ restrictedRecords }) => restrictedRecords.size > 0)).toBe(true);
  });

  test('answers of a restricted patient as of one whom it has never met, and points to nothing', async () => {
    const numbers = [numberOf('restricted'), numberOf('unknown')];
    for (const type of ['demographics', ...TYPES] as const)
      expect((await mersey.source[type](numbers, ask)).size).toBe(0);
    expect(mersey.pointers.some(({ subject }) => numbers.includes(subject))).toBe(false);
  });

  test('publishes a pointer for each plan in force, and for every patient of whom it shares anything', () => {
    for (const { pointers, shared } of [mersey, cumbria]) {
      expect(new Set(pointers.map(({ subject }) => subject))).toEqual(
        new Set(shared.map(({ nhsNumber }) => nhsNumber)),
      );
      const plans = shared.flatMap(({ crisisPlans, paperPlans, restrictedRecords }) => [
        ...crisisPlans.filter(({ id, status }) => status === 'ACTIVE' && !restrictedRecords.has(id)),
        ...paperPlans,
      ]);
      expect(pointers.filter(({ type }) => type !== '824321000000109')).toHaveLength(plans.length);
      expect(new Set(pointers.map(({ key }) => key)).size).toBe(pointers.length);
    }
  });

  test('publishes nothing that the locator would refuse', () => {
    const publisher = { odsCode: 'RW4', knows: () => true, newUUID: () => '00000000-0000-8000-8000-000000000000' };
    const mistakes = mersey.pointers.flatMap(
      (pointer) => checkPointer({ ...pointer, custodian: 'RW4' }, 'pointer', publisher).mistakes,
    );
    expect(mistakes).toEqual([]);
  });

  test('has nothing but a pointer to a plan on paper, with the page that says whom to ring', async () => {
    const number = numberOf('pointer-only');
    const own = cumbria.pointers.filter(({ subject }) => subject === number);
    expect(own.map(({ type, content }) => [type, content.map(({ format }) => format)])).toEqual([
      ['736253002', ['urn:nhs-ic:record-contact']],
    ]);
    expect((await cumbria.source.crisisPlans([number], ask)).size).toBe(0);
    expect((await cumbria.source.contacts([number], ask)).get(number)?.length).toBeGreaterThan(0);
  });

  test('answers the full record of two hundred patients through the kit without an error', async () => {
    const subgraph = createTrustSubgraph({
      organisation: { odsCode: 'RW4', name: 'Mersey Care' },
      source: mersey.source,
      log: createLog({ name: 'test', level: 'silent' }),
      clock: () => new Date(`${TODAY}T12:00:00Z`),
    });
    const patient = subgraph.schema.getType('Patient');
    if (!patient) throw new Error('The contract has no patient.');
    const asked = mersey.shared.slice(0, 200);
    const result = await graphql({
      schema: subgraph.schema,
      source: `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Patient ${everything(patient)} } }`,
      variableValues: { of: asked.map(({ nhsNumber }) => ({ __typename: 'Patient', nhsNumber })) },
      contextValue: subgraph.context(ask),
    });
    expect(result.errors).toBeUndefined();
    expect(result.data?._entities).toMatchObject(
      asked.map(({ nhsNumber, contacts, restrictedRecords }) => ({
        nhsNumber,
        contacts: contacts.filter(({ id }) => !restrictedRecords.has(id)).map(({ priority }) => ({ priority })),
      })),
    );
  });

  test('is made from files that are made once a day, and leave nothing of another day behind', async () => {
    const image = await recordsSystemImage(folder, TODAY);
    const files = readdirSync(folder);
    expect(files).toHaveLength(1 + TRUSTS.length);
    const made = statSync(image).mtimeMs;
    await recordsSystemImage(folder, addDays(TODAY, 1));
    expect(statSync(image).mtimeMs).toBe(made);
    expect(readdirSync(folder).filter((file) => files.includes(file))).toEqual([basename(image)]);
    expect(readdirSync(folder)).toHaveLength(1 + TRUSTS.length);
  });

  test('is filled anew for a day of which no files are there', async () => {
    const image = await recordsSystemImage(folder, TODAY);
    const later = await openRecordsSystem(image, 'RNN', addDays(TODAY, 5));
    const [today, other] = await Promise.all(
      [cumbria.database, later].map((database) =>
        database.query<{ count: number; latest: string }>(
          'select count(*)::integer as count, max(changed_at)::text as latest from epr.contact',
        ),
      ),
    );
    await later.close();
    expect(other?.rows[0]?.count).toBe(today?.rows[0]?.count);
    expect(other?.rows[0]?.latest).not.toBe(today?.rows[0]?.latest);
  });
});

/** A selection of every field of a type, and of those that they lead to. */
function everything(type: GraphQLNamedType): string {
  if (!isObjectType(type)) return '';
  const fields = Object.values(type.getFields()).map(
    (field) => `${field.name} ${everything(getNamedType(field.type))}`,
  );
  return `{ ${fields.join(' ')} }`;
}
