import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { earlyWarningConfig } from '@caregraph/early-warning/config.ts';
import { inForce, RULES } from '@caregraph/early-warning/rules.ts';
import { checkConfig } from '@caregraph/service/config.ts';
import { afterAll, describe, expect, test } from 'vitest';
import { patient, unplanned } from './patients.ts';

const SUBGRAPH = new URL('../../../subgraphs/early-warning/', import.meta.url);

/** The table of the field, with its defaults. `‡` of those that it does not give: chosen here. */
const TABLE = {
  MULTI_TRUST: { trusts: 2, days: 28 },
  REPEAT_CRISIS: { contacts: 3, days: 28 },
  MISSED_CONTACTS: { inARow: 2, days: 365 },
  DISCHARGED_AFTER_MISSED: { days: 365 },
  NO_72H_FOLLOW_UP: { followUpDays: 3, days: 90 },
  DETAINED: { days: 90 },
  OUT_OF_AREA: { days: 28, homeDays: 365 },
  ABSENT: {},
  NEW_CRISIS_CARE: { homeTreatmentDays: 7, dischargeDays: 14, pauseDays: 7 },
  NO_CURRENT_PLAN: { days: 90 },
  CONFLICTING_PLANS: { custodians: 2 },
};

const LISTS = ['careContacts', 'hospitalSpells', 'legalStatuses', 'crisisPlans', 'referrals', 'demographics'];

describe('the rules', () => {
  test('are the eleven of the table, in the order of their names', () => {
    expect(RULES.map(({ id }) => id)).toEqual(Object.keys(TABLE).sort());
  });

  test('each stand in a file named after them, and nothing else stands there', () => {
    const files = readdirSync(new URL('rules/', SUBGRAPH)).sort();
    expect(files).toEqual(RULES.map(({ id }) => `${id.toLowerCase().replaceAll('_', '-')}.ts`).sort());
  });

  test.each(RULES)('$id has the thresholds of the table, within its limits', ({ id, parameters, looksBack }) => {
    const defaults = Object.entries(parameters).map(([name, parameter]) => [name, parameter.default]);
    expect({ id, ...Object.fromEntries(defaults) }).toEqual({
      id,
      ...Object.entries(TABLE).find(([name]) => name === id)?.[1],
    });
    for (const { description, unit, least, most, default: usual } of Object.values(parameters)) {
      expect([least, usual, most].every(Number.isInteger)).toBe(true);
      expect([least, usual, most].toSorted((one, other) => one - other)).toEqual([least, usual, most]);
      expect(least).toBeGreaterThan(0);
      expect(description).toMatch(/^[A-Z].*[^.]$/);
      expect(unit).toMatch(/s$/);
    }
    if (looksBack !== null) expect(parameters).toHaveProperty(`${looksBack}.unit`, 'days');
  });

  test.each(RULES)('$id says in words when it speaks, and why', ({ says, evidence, source, reads, severity }) => {
    // What stands after "It speaks when", and after "It is not known whether".
    expect(says).toMatch(/^[a-z].*[^.;,\s]$/);
    expect(says).not.toMatch(/\.\s/);
    expect(evidence).toMatch(/^[A-Z].*[.†]$/);
    expect(source).toMatch(/\w{3}/);
    expect(['HIGH', 'MEDIUM', 'LOW']).toContain(severity);
    expect(reads.length).toBeGreaterThan(0);
    expect(reads.filter((list) => !LISTS.includes(list))).toEqual([]);
    expect(new Set(reads).size).toBe(reads.length);
  });
});

describe('the configuration', () => {
  const check = (rules: unknown) => checkConfig('early-warning.yaml', { gateway: 'none', rules }, earlyWarningConfig);

  test('sets thresholds, and leaves the rest as it is', () => {
    const { rules } = check({ MULTI_TRUST: { days: 14 }, NEW_CRISIS_CARE: { pauseDays: 3 } });
    const values = Object.fromEntries(inForce(rules).map(({ rule, values }) => [rule.id, values]));
    expect(values).toEqual({
      ...TABLE,
      MULTI_TRUST: { trusts: 2, days: 14 },
      NEW_CRISIS_CARE: { homeTreatmentDays: 7, dischargeDays: 14, pauseDays: 3 },
    });
  });

  test('may say nothing of rules', () => {
    const { rules } = checkConfig('early-warning.yaml', { gateway: 'none' }, earlyWarningConfig);
    expect(Object.fromEntries(inForce(rules).map(({ rule, values }) => [rule.id, values]))).toEqual(TABLE);
    expect(inForce()).toEqual(inForce(rules));
  });

  test.each([
    ['a rule that there is not', { MULTI_TRUSTS: { days: 14 } }, 'rules: Unrecognized key: "MULTI_TRUSTS"'],
    ['a threshold that there is not', { MULTI_TRUST: { weeks: 2 } }, 'rules.MULTI_TRUST: Unrecognized key: "weeks"'],
    ['a rule that has none', { ABSENT: { days: 2 } }, 'rules: Unrecognized key: "ABSENT"'],
    ['too few', { MULTI_TRUST: { trusts: 1 } }, 'rules.MULTI_TRUST.trusts: Too small: expected number to be >=2'],
    ['too many', { MULTI_TRUST: { days: 367 } }, 'rules.MULTI_TRUST.days: Too big: expected number to be <=366'],
    [
      'a fraction',
      { MULTI_TRUST: { days: 1.5 } },
      'rules.MULTI_TRUST.days: Invalid input: expected int, received number',
    ],
    [
      'words',
      { MULTI_TRUST: { days: '28' } },
      'rules.MULTI_TRUST.days: Invalid input: expected number, received string',
    ],
    [
      'nothing at all',
      { MULTI_TRUST: { days: null } },
      'rules.MULTI_TRUST.days: Invalid input: expected number, received null',
    ],
  ])('is refused for %s, with where and why', (_, rules, message) => {
    expect(() => check(rules)).toThrow(message);
  });

  test.each(
    RULES.flatMap(({ id, parameters }) =>
      Object.entries(parameters).map(([name, { least, most }]) => ({ id, name, least, most })),
    ),
  )('takes $id.$name from $least to $most', ({ id, name, least, most }) => {
    for (const value of [least, most]) expect(() => check({ [id]: { [name]: value } })).not.toThrow();
    for (const value of [least - 1, most + 1])
      expect(() => check({ [id]: { [name]: value } })).toThrow(`${id}.${name}`);
  });
});

describe('one rule more', () => {
  const folder = mkdtempSync(join(tmpdir(), 'caregraph-rules-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const copied = (name: string, text: string): string => {
    const copy = join(folder, name);
    cpSync(fileURLToPath(SUBGRAPH), copy, { recursive: true });
    symlinkSync(fileURLToPath(new URL('../../node_modules', SUBGRAPH)), join(copy, 'node_modules'));
    writeFileSync(join(copy, 'rules/any-contact.ts'), text);
    return pathToFileURL(copy).href;
  };

  test('is one file more: it is found, may be configured, and speaks', async () => {
    const copy = copied(
      'whole',
      `import { asEvent } from '../facts.ts';
       import { type Rule, silent } from '../rule.ts';
       export const rule: Rule<'contacts'> = {
         id: 'ANY_CONTACT',
         severity: 'LOW',
         says: 'anybody has met the patient',
         evidence: 'None.',
         source: 'A test.',
         parameters: { contacts: { description: 'At least so many', unit: 'contacts', default: 1, least: 1, most: 9 } },
         reads: ['careContacts'],
         looksBack: null,
         find: ({ careContacts }, { contacts }) =>
           careContacts.length < contacts ? silent() : { speaks: true, doubts: [], events: careContacts.map(asEvent), since: 0, text: 'Met.' },
       };`,
    );
    const rules: typeof import('@caregraph/early-warning/rules.ts') = await import(`${copy}/rules.ts`);
    const { evaluate }: typeof import('@caregraph/early-warning/evaluate.ts') = await import(`${copy}/evaluate.ts`);
    const { readPicture }: typeof import('@caregraph/early-warning/read-picture.ts') = await import(
      `${copy}/read-picture.ts`
    );
    expect(rules.RULES.map(({ id }) => id)).toEqual([...Object.keys(TABLE), 'ANY_CONTACT'].sort());
    const set = rules.thresholds.parse({ ANY_CONTACT: { contacts: 2 } });
    expect(() => rules.thresholds.parse({ ANY_CONTACT: { contacts: 10 } })).toThrow();
    const picture = readPicture(
      patient([unplanned('RXT', '2026-06-01T09:00:00Z')]),
      null,
      Date.parse('2026-06-15T12:00:00Z'),
    );
    expect(evaluate(rules.inForce(), picture)).toMatchObject([
      { rule: 'ANY_CONTACT', status: 'RAISED', thresholds: ['contacts: 1 contacts'] },
    ]);
    expect(evaluate(rules.inForce(set), picture)).toEqual([]);
  });

  test('is refused when its file exports none', async () => {
    const copy = copied('none', 'export const rules = [];');
    await expect(import(`${copy}/rules.ts`)).rejects.toThrow();
  });
});
