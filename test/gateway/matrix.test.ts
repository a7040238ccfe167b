import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { purpose } from '@caregraph/gateway/access/caller.ts';
import { roleName } from '@caregraph/gateway/access/roles.ts';
import pointerTypes from '@caregraph/schema/codes/pointer-types.json' with { type: 'json' };
import { contract } from '@caregraph/schema/contract.ts';
import { Kind, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nhsNumbers } from '../support/nhs-numbers.ts';
import { documentsIn, slowLevel, slowMayBreakGlass } from './access/slow-reading.ts';
import {
  type Answer,
  type Consortium,
  EVERYTHING,
  everythingOf,
  RECORD_TYPES,
  STARTING_MS,
  startConsortium,
} from './consortium.ts';

/*
 * Role × purpose × consumer × custodian × field, through real servers, against the slow and simple reading of the agreements:
 * those of the demo, and one that shares bits and pieces with an organisation of which they do not speak. Every custodian
 * holds a record of every type of one patient, and nobody anything of the other.
 */

const BITS_AND_PIECES = `
id: bits-and-pieces
name: Bits and pieces
from: 2020-01-01
custodians: [RXT]
shares:
  - { level: CONTENT, recordTypes: [alerts], consumers: [RJ2], roles: [midwife], purposes: [directcare] }
  - { level: POINTER, recordTypes: [careContacts], consumers: [RJ2], roles: [midwife], purposes: [directcare] }
  - { level: POINTER, recordTypes: [crisisPlans], consumers: [RJ2], roles: [community-nurse], purposes: [directcare] }
  - { level: CONTENT, recordTypes: all, consumers: [RJ2], roles: all, purposes: [patientaccess] }
  - { level: CONTENT, emergency: true, recordTypes: [legalStatuses], consumers: [RJ2], roles: all, purposes: [directcare] }
  - { level: POINTER, emergency: true, recordTypes: [contacts], consumers: [RJ2], roles: [midwife], purposes: [directcare] }
`;

const [KNOWN = '', UNKNOWN = ''] = nhsNumbers(2);
const agreements = mkdtempSync(join(tmpdir(), 'caregraph-matrix-'));
cpSync(fileURLToPath(import.meta.resolve('@caregraph/demo/agreements')), agreements, { recursive: true });
writeFileSync(join(agreements, 'bits-and-pieces.yaml'), BITS_AND_PIECES);
const documents = documentsIn(agreements);
const CUSTODIANS = ['pilot-trusts', 'west-midlands-five']
  .flatMap((id) => documents.groups.find((group) => group.id === id)?.members ?? [])
  .sort();

/** One of each group, one that no agreement names, and the one of the bits and pieces. */
const CONSUMERS = ['RW5', 'RXT', 'RRU', 'RJ1', 'RJ2'];

const KINDS = CONSUMERS.flatMap((organisation) =>
  roleName.options.flatMap((role) =>
    purpose.options.map((reason) => ({
      organisation,
      role,
      purpose: reason,
      user: `${role} of ${organisation} for ${reason}`,
    })),
  ),
);
type Asker = (typeof KINDS)[number];

const QUERY = `query ($n: NHSNumber!) { patient(nhsNumber: $n) { ${EVERYTHING} } }`;
const BREAK_GLASS = `mutation ($n: NHSNumber!) {
  breakGlass(nhsNumber: $n, reason: "Found unconscious on the platform; we must know what she has taken.") { id } }`;

let consortium: Consortium;
const custodians = CUSTODIANS.map((odsCode) => everythingOf(odsCode, [KNOWN]));
beforeAll(async () => {
  consortium = await startConsortium({ custodians, agreements });
}, STARTING_MS);
afterAll(async () => {
  await consortium[Symbol.asyncDispose]();
  rmSync(agreements, { recursive: true });
});

const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/London' }).format(new Date());

/** Which roles may select each field, as the schema says it; fields of which it says nothing are left out. */
const allowed = new Map(
  (['trust', 'locator', 'access'] as const).flatMap((name) =>
    parse(contract(name)).definitions.flatMap((definition) => {
      if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) return [];
      return (definition.fields ?? []).flatMap((field) => {
        const roles = field.directives?.find((directive) => directive.name.value === 'allow')?.arguments?.[0]?.value;
        if (roles?.kind !== Kind.LIST) return [];
        const names = roles.values.map((value) => (value.kind === Kind.ENUM ? value.value : ''));
        const coordinate = `${definition.name.value}.${field.name.value}`;
        return [[coordinate, names.map((each) => each.toLowerCase().replaceAll('_', '-'))] as const];
      });
    }),
  ),
);

const mayBreakGlass = (kind: Asker): boolean =>
  slowMayBreakGlass(documents, kind, today) && (allowed.get('Mutation.breakGlass')?.includes(kind.role) ?? false);

/** All that the answer about the known patient must say, and what each custodian must have been asked. */
function expected(kind: Asker, glassBroken: boolean) {
  const level = (custodian: string, recordType: string) =>
    slowLevel(documents, { ...kind, custodian, recordType, glassBroken, day: today });
  const maySelect = (field: string) => allowed.get(`Patient.${field}`)?.includes(kind.role) ?? true;
  const asks = RECORD_TYPES.filter(maySelect);
  const shares = CUSTODIANS.filter((custodian) => RECORD_TYPES.some((type) => level(custodian, type) !== null));
  const isGiven = (custodian: string, type: string) => maySelect(type) && level(custodian, type) === 'CONTENT';
  const givenBy = (custodian: string) => asks.filter((type) => isGiven(custodian, type)).sort();
  const keptBy = (custodian: string) => asks.filter((type) => !isGiven(custodian, type)).sort();
  // Of one of whom nothing is asked, `sources` is to say whether it would answer: of whatever the caller may ask.
  const missingFrom = (custodian: string) => (asks.length > 0 ? keptBy(custodian) : [...RECORD_TYPES].sort());
  const lists = RECORD_TYPES.map((type) => {
    const giving = shares.filter((custodian) => level(custodian, type) === 'CONTENT');
    const isUnsaid = !maySelect(type) || (giving.length === 0 && shares.length > 0);
    return [type, isUnsaid ? null : giving.map((custodian) => `${custodian}:0`)] as const;
  });
  const pointers = shares.flatMap((custodian) =>
    ['736253002', '749001000000101', '824321000000109']
      .filter((code) =>
        Object.entries(pointerTypes.codes)
          .find(([each]) => each === code)?.[1]
          .recordTypes.every((type) => level(custodian, type) !== null),
      )
      .map((code) => `${custodian} ${code}`),
  );
  const said = shares.some((custodian) => givenBy(custodian).length > 0);
  const isWhole = shares.every((custodian) => missingFrom(custodian).length === 0);
  return {
    sources: shares.map((custodian) => {
      const missing = missingFrom(custodian);
      if (missing.length === 0) return `${custodian} ANSWERED`;
      return `${custodian} ${givenBy(custodian).length > 0 ? 'PARTIAL' : 'NOT_SHARED'} ${missing.join(' ')}`;
    }),
    completeness: isWhole ? 'COMPLETE' : said ? 'PARTIAL' : 'UNKNOWN',
    lists: Object.fromEntries(lists),
    pointers: maySelect('pointers') ? pointers : null,
    errors: [
      ...[...RECORD_TYPES, 'pointers']
        .filter((field) => !maySelect(field))
        .map((field) => `FORBIDDEN patient.${field}`),
      ...shares.flatMap((custodian) => keptBy(custodian).map((type) => `NOT_SHARED patient.${type} ${custodian}`)),
    ].sort(),
    asked: Object.fromEntries(
      CUSTODIANS.map((custodian) => [custodian, givenBy(custodian)]).filter(([, types]) => types?.length),
    ),
  };
}

/** The same, of what the answer did say, and of what each custodian has received. */
function told({ data, errors }: Answer) {
  const { patient } = data;
  return {
    sources: patient.sources.map(
      ({ custodian, status, missing }: Sourced) => `${[custodian.odsCode, status, ...missing].join(' ')}`,
    ),
    completeness: patient.completeness,
    lists: Object.fromEntries(
      RECORD_TYPES.map((type) => [type, patient[type]?.map(({ id }: { id: string }) => id).sort() ?? null]),
    ),
    pointers:
      patient.pointers?.map(({ custodian, type }: Pointed) => `${custodian.odsCode} ${type.code}`).sort() ?? null,
    errors: errors
      .map(({ path, extensions }) =>
        [extensions?.code, path?.join('.'), extensions?.custodian].filter((part) => part !== undefined).join(' '),
      )
      .sort(),
    asked: Object.fromEntries(
      custodians
        .filter(({ source }) => source.questions.length > 0)
        .map(({ odsCode, source }) => [odsCode, source.questions.map(({ type }) => type).sort()]),
    ),
  };
}

interface Sourced {
  readonly custodian: { readonly odsCode: string };
  readonly status: string;
  readonly missing: readonly string[];
}

interface Pointed {
  readonly custodian: { readonly odsCode: string };
  readonly type: { readonly code: string };
}

/** How often each custodian was called, and by whom; those that were not are left out. */
const called = () =>
  Object.fromEntries(
    Object.entries(consortium.trusts)
      .filter(([, { knocked }]) => knocked > 0)
      .map(([odsCode, { calls }]) => [odsCode, calls.map(({ caller: { accessId: _, ...caller } }) => caller)]),
  );

function forget(): void {
  for (const { source } of custodians) source.questions.length = 0;
  for (const trust of Object.values(consortium.trusts)) {
    trust.knocked = 0;
    trust.calls.length = 0;
  }
}

async function compare(kind: Asker, glassBroken: boolean): Promise<void> {
  const { user, ...who } = kind;
  forget();
  const answer = await consortium.ask(kind, QUERY, { n: KNOWN });
  const right = expected(kind, glassBroken);
  expect(told(answer)).toEqual(right);
  // Each custodian is called once, on this caller's behalf, or not at all.
  expect(called()).toEqual(
    Object.fromEntries(Object.keys(right.asked).map((custodian) => [custodian, [{ user, ...who }]])),
  );
  // Whoever is not shared with is named nowhere: in no message, and in no word.
  const hidden = CUSTODIANS.filter((custodian) => !right.sources.some((source) => source.startsWith(custodian)));
  for (const custodian of hidden) expect(answer.text).not.toContain(custodian);

  forget();
  const unknown = await consortium.ask(kind, QUERY, { n: UNKNOWN });
  expect(called()).toEqual({});
  expect(unknown.data.patient.sources).toEqual([]);
  if (right.sources.length === 0) expect(unknown.text.replaceAll(UNKNOWN, KNOWN)).toBe(answer.text);
}

describe('the agreements, through the gateway', () => {
  test('tell every kind of caller apart that there is', () => {
    const cells = KINDS.flatMap((kind) => [false, true].map((broken) => JSON.stringify(expected(kind, broken))));
    expect(KINDS).toHaveLength(5 * 7 * 2);
    for (const type of RECORD_TYPES) expect(allowed.get(`Patient.${type}`)).not.toContain('privacy-officer');
    expect(new Set(cells).size).toBe(18);
  });

  test.each(KINDS)('give a $user what the slow reading gives', (kind) => compare(kind, false));

  const may = KINDS.filter(mayBreakGlass);
  const mayNot = KINDS.filter((kind) => !may.includes(kind));

  test.each(may)('give a $user who has broken the glass what the slow reading gives', async (kind) => {
    const { data } = await consortium.ask(kind, BREAK_GLASS, { n: KNOWN });
    expect(data.breakGlass.id).toEqual(expect.any(String));
    await compare(kind, true);
  });

  test.each(mayNot)('let a $user break no glass, and give them what they gave before', async (kind) => {
    const { data, errors } = await consortium.ask(kind, BREAK_GLASS, { n: KNOWN });
    expect(data?.breakGlass ?? null).toBeNull();
    expect(errors.map(({ extensions }) => extensions?.code)).toEqual(['FORBIDDEN']);
    await compare(kind, false);
  });

  test('are kept to when nobody can say who holds what: everybody who shares is asked, and nobody else', async () => {
    await consortium.locator.stop();
    for (const kind of mayNot) {
      forget();
      const answer = await consortium.ask(kind, QUERY, { n: KNOWN });
      const right = expected(kind, false);
      expect(told(answer).asked).toEqual(right.asked);
      expect(told(answer).lists).toEqual(
        Object.keys(right.asked).length > 0
          ? right.lists
          : Object.fromEntries(RECORD_TYPES.map((type) => [type, null])),
      );
      expect(answer.data.patient.completeness).not.toBe('COMPLETE');
      for (const custodian of CUSTODIANS.filter((each) => !right.asked[each])) {
        expect(answer.text).not.toContain(custodian);
      }
    }
  });
});
