import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byOrder, byText, isListName, type ListName, type TrueRecord, wantedOf } from './lists.ts';
import { type Circumstances, judge } from './oracle.ts';
import { ASKED } from './questions.ts';
import { CANARY } from './spoil.ts';
import { makeTruth, TRUST_CODES, trustName } from './truth.ts';

const truth = makeTruth('oracle', 60);
const NAMES = Object.keys(ASKED).filter(isListName);
const circumstances: Circumstances = { truth, faulty: new Set(TRUST_CODES), indexTrue: true, canary: CANARY };

interface ShownRecord {
  id: string;
  custodian: { odsCode: string; name: string };
  [field: string]: unknown;
}

interface ShownSource {
  custodian: { odsCode: string; name: string };
  status: string;
  missing: string[];
  reason: string | null;
  elapsedMs: number | null;
}

interface ShownPatient {
  nhsNumber: string;
  completeness: string;
  sources: ShownSource[];
  lists: Record<string, ShownRecord[] | null>;
}

interface ShownError {
  message: string;
  path: (string | number)[];
  extensions: { code: string; custodian?: string };
}

interface Shown {
  patients: ShownPatient[];
  errors: ShownError[];
}

const recordsOf = (code: string, nhsNumber: string, list: ListName): readonly TrueRecord[] =>
  wantedOf(list, truth.records(code, nhsNumber, list), ASKED[list]?.wanted);

/** A right answer, written by hand: of those who fail, everything is missing and is said to be. */
function rightAnswer(nhsNumbers: readonly string[], failing: readonly string[]): Shown {
  const errors: ShownError[] = [];
  const patients = nhsNumbers.map((nhsNumber, i): ShownPatient => {
    const known = truth.known(nhsNumber);
    const well = known.filter((code) => !failing.includes(code));
    const lists: ShownPatient['lists'] = {};
    for (const list of NAMES) {
      const { fields = [], wanted } = ASKED[list] ?? {};
      const all = well
        .flatMap((code) => recordsOf(code, nhsNumber, list).map((record) => ({ code, record })))
        .sort(
          (one, other) =>
            byOrder(list, one.record, other.record) ||
            byText(one.code, other.code) ||
            byText(one.record.id, other.record.id),
        );
      lists[list] =
        well.length === 0 && known.length > 0
          ? null
          : all.slice(0, wanted?.first ?? undefined).map(({ code, record }) => ({
              id: `${code}:${record.id}`,
              custodian: { odsCode: code, name: trustName(code) },
              ...Object.fromEntries(fields.map((field) => [field, record[field]])),
            }));
      for (const code of known.filter((each) => failing.includes(each))) {
        errors.push({
          message: 'Missing.',
          path: ['patients', i, list],
          extensions: { code: 'UNAVAILABLE', custodian: code },
        });
      }
    }
    const sources = known.map((code): ShownSource => {
      const failed = failing.includes(code);
      const holds = NAMES.some((list) => recordsOf(code, nhsNumber, list).length > 0);
      return {
        custodian: { odsCode: code, name: trustName(code) },
        status: failed ? 'UNAVAILABLE' : holds ? 'ANSWERED' : 'ANSWERED_NONE',
        missing: failed ? NAMES.toSorted(byText) : [],
        reason: failed ? 'It could not be reached.' : null,
        elapsedMs: 40,
      };
    });
    const completeness = well.length === known.length ? 'COMPLETE' : well.length > 0 ? 'PARTIAL' : 'UNKNOWN';
    return { nhsNumber, completeness, sources, lists };
  });
  return { patients, errors };
}

function textOf({ patients, errors }: Shown, more: object = {}): string {
  const data = { patients: patients.map(({ lists, ...rest }) => ({ ...rest, ...lists })) };
  return JSON.stringify({ data, ...(errors.length > 0 && { errors }), ...more });
}

const wrongOf = (shown: Shown, nhsNumbers: readonly string[], more?: object): readonly string[] =>
  judge(circumstances, nhsNumbers, textOf(shown, more)).flatMap(({ wrong }) => wrong);

const aCase = fc.record({
  nhsNumbers: fc.uniqueArray(fc.constantFrom(...truth.patients), { minLength: 1, maxLength: 3 }),
  failing: fc.oneof(fc.subarray([...TRUST_CODES], { maxLength: 4 }), fc.subarray([...TRUST_CODES], { minLength: 8 })),
  at: fc.nat(1_000),
});

/** The first of a list, counted from some place of it, for which something can be done. */
function firstOf<Item>(items: readonly Item[], at: number, spoilt: (item: Item) => boolean): boolean {
  return items.some((_, i) => {
    const item = items[(i + at) % items.length];
    return item !== undefined && spoilt(item);
  });
}

function put<Value>(object: Record<string, Value>, key: string, value: Value): boolean {
  object[key] = value;
  return true;
}

const filled = ({ lists }: ShownPatient): readonly ShownRecord[][] =>
  Object.values(lists).filter((list) => list !== null && list.length > 0) as ShownRecord[][];

/** Ways to spoil a right answer; each says whether there was anything for it to spoil. */
const SPOILING: Readonly<Record<string, (shown: Shown, at: number) => boolean>> = {
  'drops a record': ({ patients }, at) =>
    firstOf(patients, at, (patient) =>
      firstOf(filled(patient), at, (list) => list.splice(at % list.length, 1).length > 0),
    ),
  'empties a list': ({ patients }, at) =>
    firstOf(patients, at, (patient) => firstOf(filled(patient), at, (list) => list.splice(0).length > 0)),
  'shows a record twice': ({ patients }, at) =>
    firstOf(patients, at, (patient) =>
      firstOf(filled(patient), at, (list) => {
        const record = list[at % list.length];
        return record !== undefined && list.splice(at % list.length, 0, record) !== undefined;
      }),
    ),
  'turns a list round': ({ patients }, at) =>
    firstOf(patients, at, (patient) =>
      firstOf(filled(patient), at, (list) => list.length > 1 && list.reverse().length > 0),
    ),
  'blends two records': ({ patients }, at) =>
    firstOf(patients, at, (patient) =>
      firstOf(filled(patient), at, (list) => {
        const [one, other] = list;
        const key = Object.keys(one ?? {}).find(
          (field) =>
            field !== 'id' &&
            field !== 'custodian' &&
            one?.[field] !== other?.[field] &&
            typeof one?.[field] === 'string',
        );
        if (!one || !other || key === undefined) return false;
        one[key] = other[key];
        return true;
      }),
    ),
  'leaves out a field': ({ patients }, at) =>
    firstOf(patients, at, (patient) =>
      firstOf(filled(patient), at, ([record]) => record !== undefined && delete record[Object.keys(record)[2] ?? '']),
    ),
  "gives a record another custodian's name": ({ patients }, at) =>
    firstOf(patients, at, (patient) =>
      firstOf(filled(patient), at, ([record]) => {
        if (!record) return false;
        const odsCode = TRUST_CODES[(TRUST_CODES.indexOf(record.custodian.odsCode) + 1) % TRUST_CODES.length] ?? '';
        record.custodian = { odsCode, name: trustName(odsCode) };
        return true;
      }),
    ),
  "gives one patient another's list": ({ patients }) => {
    const [one, other] = patients;
    const list =
      one &&
      other &&
      Object.keys(one.lists).find((each) => JSON.stringify(one.lists[each]) !== JSON.stringify(other.lists[each]));
    if (!one || !other || list === undefined) return false;
    one.lists[list] = other.lists[list] ?? null;
    return true;
  },
  'swaps two patients': ({ patients }) => patients.length > 1 && patients.reverse().length > 0,
  'leaves out a patient': ({ patients }) => patients.length > 1 && patients.pop() !== undefined,
  'makes a list null': ({ patients }, at) =>
    firstOf(patients, at, ({ lists }) => firstOf(NAMES, at, (list) => lists[list] !== null && put(lists, list, null))),
  'makes null an empty list': ({ patients }, at) =>
    firstOf(patients, at, ({ lists }) => firstOf(NAMES, at, (list) => lists[list] === null && put(lists, list, []))),
  'drops a source': ({ patients }, at) =>
    firstOf(patients, at, ({ sources }) => sources.splice(at % (sources.length || 1), 1).length > 0),
  'doubles a source': ({ patients }, at) =>
    firstOf(patients, at, ({ sources }) => {
      const source = sources[at % (sources.length || 1)];
      return source !== undefined && sources.push(source) > 0;
    }),
  'changes a status': ({ patients }, at) =>
    firstOf(patients, at, ({ sources }) =>
      firstOf(sources, at, (source) => {
        const others = ['ANSWERED', 'ANSWERED_NONE', 'UNAVAILABLE'].filter((each) => each !== source.status);
        source.status = others[at % 2] ?? '';
        return true;
      }),
    ),
  'says that something is missing which is not': ({ patients }, at) =>
    firstOf(patients, at, ({ sources }) =>
      firstOf(sources, at, ({ missing }) => missing.length === 0 && missing.push('alerts') > 0),
    ),
  'does not say what is missing': ({ patients }, at) =>
    firstOf(patients, at, ({ sources }) => firstOf(sources, at, ({ missing }) => missing.splice(0, 1).length > 0)),
  'drops an error': ({ errors }, at) => errors.splice(at % (errors.length || 1), 1).length > 0,
  "puts an error at another patient's path": ({ patients, errors }, at) =>
    firstOf(errors, at, (error) => {
      error.path[1] = patients.length;
      return true;
    }),
  'changes completeness': ({ patients }, at) =>
    firstOf(patients, at, (patient) => {
      const others = ['COMPLETE', 'PARTIAL', 'UNKNOWN'].filter((each) => each !== patient.completeness);
      patient.completeness = others[at % 2] ?? '';
      return true;
    }),
};

describe('the oracle', () => {
  test('finds nothing wrong with a right answer, whoever has failed', () => {
    fc.assert(
      fc.property(aCase, ({ nhsNumbers, failing }) => {
        expect(wrongOf(rightAnswer(nhsNumbers, failing), nhsNumbers)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test.each(Object.keys(SPOILING))('finds that an answer %s', (name) => {
    let spoilt = 0;
    fc.assert(
      fc.property(aCase, ({ nhsNumbers, failing, at }) => {
        const shown = rightAnswer(nhsNumbers, failing);
        const before = textOf(shown);
        if (!SPOILING[name]?.(shown, at) || textOf(shown) === before) return;
        spoilt++;
        expect(wrongOf(shown, nhsNumbers)).not.toEqual([]);
      }),
      { numRuns: 200 },
    );
    expect(spoilt).toBeGreaterThan(20);
  });

  test('finds the text that faulty trusts plant, wherever it stands', () => {
    const [nhsNumber = ''] = truth.patients;
    expect(wrongOf(rightAnswer([nhsNumber], []), [nhsNumber], { extensions: { [CANARY]: 1 } })).not.toEqual([]);
  });

  test.each([
    '',
    'null',
    '[]',
    '{}',
    '{"data":null}',
    '{"data":{"patients":null}}',
    '{"data":{"patients":[null]}}',
    '<html>',
  ])('finds that %j is no answer', (text) => {
    const [nhsNumber = ''] = truth.patients;
    const [verdict] = judge(circumstances, [nhsNumber], text);
    expect(verdict?.wrong).not.toEqual([]);
  });

  test('finds that a trust that was well is accused of what only it could have done', () => {
    const nhsNumber = truth.patients.find((each) => truth.known(each).length === 3) ?? '';
    const failing = truth.known(nhsNumber).slice(0, 1);
    const shown = rightAnswer([nhsNumber], failing);
    for (const error of shown.errors) error.extensions.code = 'INVALID';
    for (const source of shown.patients[0]?.sources ?? [])
      if (source.status === 'UNAVAILABLE') source.status = 'INVALID';
    const judged = (faulty: ReadonlySet<string>) =>
      judge({ ...circumstances, faulty }, [nhsNumber], textOf(shown)).flatMap(({ wrong }) => wrong);
    expect(judged(new Set(failing))).toEqual([]);
    expect(judged(new Set())).toEqual([`${failing[0]} is accused of what it has not done`]);
  });
});
