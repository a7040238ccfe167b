import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readAgreements } from '@caregraph/gateway/access/agreement-files.ts';
import { type Agreements, recordTypesOf, sharesOf } from '@caregraph/gateway/access/agreements.ts';
import { purpose } from '@caregraph/gateway/access/caller.ts';
import { roleName } from '@caregraph/gateway/access/roles.ts';
import { OWN_SUPERGRAPH } from '@caregraph/gateway/config.ts';
import { readGatherRules } from '@caregraph/gateway/gather/rules.ts';
import organisations from '@caregraph/locator/organisations.json' with { type: 'json' };
import { scalars } from '@caregraph/schema/scalars.ts';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { type Documents, documentsIn, type Question, slowLevel, slowMayBreakGlass } from './slow-reading.ts';

/** An organisation that no agreement names. */
const STRANGER = 'X26';

const GLASS = [{ glassBroken: false }, { glassBroken: true }];

interface Matrix {
  readonly consumers: readonly string[];
  readonly custodians: readonly string[];
  readonly recordTypes: readonly string[];
  readonly days: readonly string[];
}

/** Each cell: role × purpose × consumer × custodian × record type × glass × day. */
function* cells({ consumers, custodians, recordTypes, days }: Matrix) {
  for (const day of days) {
    for (const role of roleName.options) {
      for (const reason of purpose.options) {
        for (const organisation of consumers) {
          const asker = { organisation, role, purpose: reason };
          for (const custodian of custodians) {
            for (const recordType of recordTypes) {
              for (const glass of GLASS) yield { ...asker, custodian, recordType, ...glass, day };
            }
          }
        }
      }
    }
  }
}

/** Every cell in which the gateway decides otherwise than the slow reading, and how many cells there are of each level. */
function compare(agreements: Agreements, documents: Documents, matrix: Matrix) {
  const different: (Question & { gateway: string | null; slowly: string | null })[] = [];
  const counts = { CONTENT: 0, POINTER: 0, NOTHING: 0 };
  for (const cell of cells(matrix)) {
    const slowly = slowLevel(documents, cell);
    const gateway = sharesOf(agreements, cell, cell.day).levelOf(cell.custodian, cell.recordType, cell);
    if (gateway !== slowly) different.push({ ...cell, gateway, slowly });
    counts[slowly ?? 'NOTHING']++;
  }
  return { different: different.slice(0, 20), counts };
}

/** The days around the first and the last day of each agreement. */
function daysAround({ agreements }: Documents): string[] {
  const days = agreements.flatMap(({ from, until }) => (until === undefined ? [from] : [from, until]));
  return [...new Set(days.flatMap((day) => [daysAfter(day, -1), day, daysAfter(day, 1)]))].sort();
}

const daysAfter = (day: string, count: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + count * 86_400_000).toISOString().slice(0, 10);

describe("the demo's agreements", () => {
  const folder = fileURLToPath(import.meta.resolve('@caregraph/demo/agreements'));
  const rules = readGatherRules(readFileSync(OWN_SUPERGRAPH, 'utf8'), scalars);
  const recordTypes = rules ? recordTypesOf(rules) : [];
  const codes = [...organisations.map(({ odsCode }) => odsCode), STRANGER];

  test('give in every cell of the matrix what the slow reading of them gives', () => {
    const documents = documentsIn(folder);
    const matrix = { consumers: codes, custodians: codes, recordTypes, days: daysAround(documents) };
    const { different, counts } = compare(readAgreements(folder, recordTypes), documents, matrix);
    expect(different).toEqual([]);
    // 9 days, 7 roles, 2 purposes, 19 organisations as consumers and as custodians, 8 record types, the glass whole or broken.
    expect(counts.CONTENT + counts.POINTER + counts.NOTHING).toBe(9 * 7 * 2 * 19 * 19 * 8 * 2);
    expect(Math.min(counts.CONTENT, counts.POINTER)).toBeGreaterThan(10_000);
  });
});

describe('agreements made at random', () => {
  const ORGANISATIONS = ['RV5', 'RXT', 'RRU', '8E1'];
  const RECORD_TYPES = ['crisisPlans', 'contacts', 'alerts'];
  const GROUPS = ['north', 'south', 'ambulances'];
  const folder = mkdtempSync(join(tmpdir(), 'caregraph-matrix-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const someOf = <Item>(items: readonly Item[]): fc.Arbitrary<Item[]> =>
    fc.array(fc.constantFrom(...items), { minLength: 1, maxLength: items.length });
  const code = fc.constantFrom(...ORGANISATIONS, ...ORGANISATIONS.map((each) => each.toLowerCase()));
  const codes = fc.array(code, { minLength: 1, maxLength: 4 });
  const parties = fc.array(fc.oneof(code, fc.constantFrom(...GROUPS.map((id) => `group:${id}`))), {
    minLength: 1,
    maxLength: 3,
  });
  const share = fc.record(
    {
      level: fc.constantFrom('POINTER' as const, 'CONTENT' as const),
      emergency: fc.boolean(),
      recordTypes: fc.oneof(fc.constant('all' as const), someOf(RECORD_TYPES)),
      consumers: fc.oneof(fc.constant('everybody' as const), parties),
      roles: fc.oneof(fc.constantFrom('all' as const, 'clinicians' as const), someOf(roleName.options)),
      purposes: someOf(purpose.options),
    },
    { requiredKeys: ['level', 'recordTypes', 'consumers', 'roles', 'purposes'] },
  );
  const agreement = fc
    .record({
      name: fc.constant('An agreement'),
      // Around the ends of a year, of a February with 29 days, and of summer time.
      from: fc.constantFrom('2023-12-31', '2024-02-28', '2024-02-29', '2024-03-31', '2024-10-27'),
      lasts: fc.option(fc.constantFrom(0, 1, 30, 366)),
      custodians: parties,
      shares: fc.array(share, { minLength: 1, maxLength: 4 }),
    })
    .map(({ lasts, ...rest }) => (lasts === null ? rest : { ...rest, until: daysAfter(rest.from, lasts) }));
  const documents: fc.Arbitrary<Documents> = fc.record({
    groups: fc.tuple(...GROUPS.map((id) => fc.record({ id: fc.constant(id), name: fc.constant(id), members: codes }))),
    agreements: fc
      .array(agreement, { minLength: 1, maxLength: 4 })
      .map((list) => list.map((each, i) => ({ id: `agreement-${i}`, ...each }))),
  });

  function written({ groups, agreements }: Documents): Agreements {
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    writeFileSync(join(folder, 'groups.yaml'), stringify(groups));
    for (const each of agreements) writeFileSync(join(folder, `${each.id}.yaml`), stringify(each));
    return readAgreements(folder, RECORD_TYPES);
  }

  test('give in every cell of the matrix what the slow reading of them gives', () => {
    fc.assert(
      fc.property(documents, (given) => {
        const matrix = {
          consumers: [...ORGANISATIONS, STRANGER],
          custodians: [...ORGANISATIONS, STRANGER],
          recordTypes: RECORD_TYPES,
          days: daysAround(given),
        };
        expect(compare(written(given), given, matrix).different).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  test('name who can be seen, and what the glass changes, as the cells of the matrix do', () => {
    const asker = fc.record({
      organisation: fc.constantFrom(...ORGANISATIONS, STRANGER),
      role: fc.constantFrom(...roleName.options),
      purpose: fc.constantFrom(...purpose.options),
    });
    fc.assert(
      fc.property(documents, fc.array(asker, { minLength: 1, maxLength: 20 }), (given, askers) => {
        const agreements = written(given);
        for (const day of daysAround(given)) {
          for (const each of askers) {
            const shares = sharesOf(agreements, each, day);
            expect(shares.mayBreakGlass).toBe(slowMayBreakGlass(given, each, day));
            const level = (custodian: string, recordType: string, glassBroken: boolean) =>
              slowLevel(given, { ...each, custodian, recordType, glassBroken, day });
            expect(shares.glassMatters).toBe(
              ORGANISATIONS.some((custodian) =>
                RECORD_TYPES.some((type) => level(custodian, type, true) !== level(custodian, type, false)),
              ),
            );
            for (const glass of GLASS) {
              const seen = ORGANISATIONS.map((custodian) => {
                const types = RECORD_TYPES.filter((type) => level(custodian, type, glass.glassBroken) !== null);
                return [custodian, types.sort()] as const;
              }).filter(([, types]) => types.length > 0);
              const { custodians, sharing } = shares.visible(glass);
              expect(custodians).toEqual(seen.map(([custodian]) => custodian).sort());
              const told = sharing.flatMap((group) =>
                group.custodians.map((custodian) => [custodian, group.recordTypes] as const),
              );
              expect(new Map(told)).toEqual(new Map(seen));
              expect(told).toHaveLength(seen.length);
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
