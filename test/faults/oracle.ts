import { isDeepStrictEqual } from 'node:util';
import { byOrder, byText, isListName, LISTS, type ListName, type TrueRecord, wantedOf } from './lists.ts';
import { ASKED } from './questions.ts';
import { TRUST_CODES, type Truth, trustName } from './truth.ts';

/** What is known of the circumstances of an answer. */
export interface Circumstances {
  readonly truth: Truth;
  /** The trusts that were faulty at any moment while the answer was made. */
  readonly faulty: ReadonlySet<string>;
  /** Whether the locator named those who hold something, and nobody else, whenever it answered. */
  readonly indexTrue: boolean;
  /** A text that is to reach no client. */
  readonly canary: string;
}

/** What an answer says of one custodian. */
export interface Said {
  readonly status: string;
  readonly reason: string | null;
  readonly elapsedMs: number | null;
}

/** What the oracle says of one patient's answer. */
export interface Verdict {
  /** What is wrong with it, in words; a right answer has none. */
  readonly wrong: readonly string[];
  /** What it says of each custodian in `sources`, by code. */
  readonly sources: ReadonlyMap<string, Said>;
  /** Whether it says that the index could not be relied on. */
  readonly indexLost: boolean;
}

/** The words that say that something is missing, or may be (`schema/source-status.graphql`). */
const FAILED: ReadonlySet<string> = new Set([
  'PARTIAL',
  'TIMED_OUT',
  'UNAVAILABLE',
  'INVALID',
  'REFUSED',
  'NOT_SHARED',
  'UNSUPPORTED',
]);

/** What only a custodian's own doing can lead to: that a healthy one is said to have done it is wrong. */
const ITS_OWN_DOING: ReadonlySet<string> = new Set(['INVALID', 'REFUSED', 'UNSUPPORTED']);

/** An object of JSON. */
interface Loose {
  readonly [key: string]: unknown;
}

const isLoose = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/**
 * Judges a whole answer of the gateway to one of the run's queries (`questions.ts`), by what is so.
 *
 * @param nhsNumbers the patients that were asked for, in the order asked.
 * @param text the body of the answer, as it came.
 * @returns a verdict for each patient.
 */
export function judge(circumstances: Circumstances, nhsNumbers: readonly string[], text: string): readonly Verdict[] {
  const body: unknown = parsed(text);
  const data = isLoose(body) && isLoose(body.data) ? body.data : null;
  const errors = isLoose(body) ? listOf(body.errors).filter(isLoose) : [];
  const many = data !== null && 'patients' in data;
  const overall = text.includes(circumstances.canary) ? ['a text of a faulty trust reached the client'] : [];
  if (!data) overall.push('the answer has no data');
  if (many && listOf(data.patients).length !== nhsNumbers.length)
    overall.push('there are not as many patients as asked');
  return nhsNumbers.map((nhsNumber, i) => {
    const path = many ? ['patients', i] : ['patient'];
    const patient = many ? listOf(data.patients)[i] : data?.patient;
    const verdict = judgePatient(circumstances, nhsNumber, patient, errors, path);
    return { ...verdict, wrong: [...overall, ...verdict.wrong] };
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function judgePatient(
  circumstances: Circumstances,
  nhsNumber: string,
  patient: unknown,
  errors: readonly Loose[],
  path: readonly unknown[],
): Verdict {
  const { truth, faulty, indexTrue } = circumstances;
  const wrong: string[] = [];
  const said = new Map<string, Said>();
  if (!isLoose(patient)) return { wrong: ['there is no patient'], sources: said, indexLost: false };
  if (patient.nhsNumber !== nhsNumber) wrong.push('it is another patient');

  const indexLost = errors.some(
    (error) => codeOf(error) === 'INDEX_UNAVAILABLE' && startsPath(error, path.slice(0, 1)),
  );
  const known = truth.known(nhsNumber);

  const sources = readSources(patient.sources, wrong);
  for (const { custodian, ...rest } of sources) said.set(custodian, rest);
  const codes = sources.map(({ custodian }) => custodian);
  if (!isDeepStrictEqual(codes, [...new Set(codes)].sort(byText)))
    wrong.push('sources are not each there once, in order');
  for (const code of known) if (!said.has(code)) wrong.push(`${code} is not in sources`);
  const askable = indexLost ? TRUST_CODES : known;
  for (const code of codes)
    if (indexTrue && !askable.includes(code)) wrong.push(`${code} is in sources, and holds nothing`);

  const lists: Record<string, ListErrors> = {};
  for (const list of Object.keys(ASKED)) {
    if (!isListName(list)) continue;
    const of = errorsOf(errors, [...path, list]);
    if (of.twice) wrong.push(`${list}: one custodian has two errors`);
    lists[list] = of;
    judgeList(circumstances, nhsNumber, list, patient[list], of, codes, wrong);
  }

  for (const { custodian, status, missing, reason } of sources) {
    const failing = Object.entries(lists)
      .filter(([, { codes: failed }]) => failed.has(custodian))
      .map(([list]) => list)
      .sort(byText);
    if (!isDeepStrictEqual(missing, failing)) wrong.push(`${custodian}: errors say other lists than sources do`);
    const failed = FAILED.has(status);
    if (failed !== failing.length > 0) wrong.push(`${custodian} is ${status}, and its errors say otherwise`);
    if (failed !== (reason !== null)) wrong.push(`${custodian} is ${status}, and its reason says otherwise`);
    if (!failed && status !== 'ANSWERED' && status !== 'ANSWERED_NONE')
      wrong.push(`${custodian} has an unknown status`);
    const holds = Object.keys(ASKED).some(
      (list) => isListName(list) && trueOf(truth, custodian, nhsNumber, list).length > 0,
    );
    if (status === 'ANSWERED_NONE' && holds) wrong.push(`${custodian} is said to hold nothing, and holds something`);
    if (status === 'ANSWERED' && !holds) wrong.push(`${custodian} is said to hold something, and holds nothing`);
    const kinds = Object.values(lists).map(({ codes: of }) => of.get(custodian) ?? '');
    if (!faulty.has(custodian) && [status, ...kinds].some((kind) => ITS_OWN_DOING.has(kind))) {
      wrong.push(`${custodian} is accused of what it has not done`);
    }
  }

  const complete = sources.every(({ status }) => !FAILED.has(status));
  // Of several patients, the index may have been right about this one: then only those who know the patient were asked.
  const mayBeLocated = !indexLost || (path.length > 1 && isDeepStrictEqual(codes, known));
  const { completeness } = patient;
  const isSaidWhole = completeness === 'COMPLETE';
  if (isSaidWhole ? !complete || !mayBeLocated : complete && !indexLost) {
    wrong.push('completeness is not what sources say');
  }
  const anybodySaid = Object.values(lists).some(({ codes: failed }, i) => {
    const list = Object.keys(lists)[i] ?? '';
    return codes.some((code) => !failed.has(code)) || listOf(patient[list]).length > 0;
  });
  if (!isSaidWhole && anybodySaid !== (completeness === 'PARTIAL'))
    wrong.push('completeness is neither PARTIAL nor UNKNOWN');
  return { wrong, sources: said, indexLost };
}

interface ListErrors {
  /** The code of the error of each custodian that has one at the list's path. */
  readonly codes: ReadonlyMap<string, string>;
  readonly twice: boolean;
}

/** Holds a list against what is so: its records are those of all who could say, in order, and nothing is left out untold. */
function judgeList(
  { truth }: Circumstances,
  nhsNumber: string,
  list: ListName,
  shown: unknown,
  { codes: failed }: ListErrors,
  asked: readonly string[],
  wrong: string[],
): void {
  const couldSay = asked.filter((code) => !failed.has(code));
  if (shown === null || shown === undefined) {
    if (couldSay.length > 0 || asked.length === 0) wrong.push(`${list} is null, and somebody could say`);
    return;
  }
  if (!Array.isArray(shown)) {
    wrong.push(`${list} is not a list`);
    return;
  }
  if (shown.length === 0 && couldSay.length === 0 && asked.length > 0)
    wrong.push(`${list} is empty, and nobody could say`);
  const records = shown.map((record) => trueRecord(truth, nhsNumber, list, record));
  if (records.some((record) => record === null)) {
    wrong.push(`${list} shows what is no record of this patient`);
    return;
  }
  const found = records.filter((record) => record !== null);
  // Of those who failed, what was kept is shown; of all others, everything that they hold.
  const expected = [
    ...couldSay.flatMap((code) => trueOf(truth, code, nhsNumber, list).map((record) => ({ code, record }))),
    ...found.filter(({ code }) => failed.has(code)),
  ].sort(
    (one, other) =>
      byOrder(list, one.record, other.record) || byText(one.code, other.code) || byText(one.record.id, other.record.id),
  );
  const first = ASKED[list]?.wanted.first ?? LISTS[list].first;
  const cut = first === null ? expected : expected.slice(0, first);
  const ids = (all: readonly Found[]): readonly string[] => all.map(({ code, record }) => `${code}:${record.id}`);
  if (!isDeepStrictEqual(ids(found), ids(cut))) {
    const missing = ids(cut).filter((id) => !ids(found).includes(id));
    wrong.push(
      missing.length > 0
        ? `${list} leaves out ${missing.join(', ')} silently`
        : `${list} is not in order, or shows one twice`,
    );
  }
}

interface Found {
  readonly code: string;
  readonly record: TrueRecord;
}

const trueOf = (truth: Truth, code: string, nhsNumber: string, list: ListName): readonly TrueRecord[] =>
  wantedOf(list, truth.records(code, nhsNumber, list), ASKED[list]?.wanted);

/** The true record that is shown, when it is one of this patient, shown as it is and with whose it is. */
function trueRecord(truth: Truth, nhsNumber: string, list: ListName, shown: unknown): Found | null {
  if (!isLoose(shown) || !isLoose(shown.custodian)) return null;
  const code = String(shown.custodian.odsCode);
  const record = trueOf(truth, code, nhsNumber, list).find(({ id }) => shown.id === `${code}:${id}`);
  if (!record) return null;
  const fields = ASKED[list]?.fields ?? [];
  const asItIs = {
    id: `${code}:${record.id}`,
    custodian: { odsCode: code, name: trustName(code) },
    ...Object.fromEntries(fields.map((field) => [field, record[field]])),
  };
  return isDeepStrictEqual(shown, asItIs) ? { code, record } : null;
}

interface SourceEntry extends Said {
  readonly custodian: string;
  readonly missing: readonly unknown[];
}

function readSources(value: unknown, wrong: string[]): readonly SourceEntry[] {
  if (!Array.isArray(value)) wrong.push('there are no sources');
  return listOf(value).flatMap((source): SourceEntry[] => {
    if (!isLoose(source) || !isLoose(source.custodian) || !Array.isArray(source.missing)) {
      wrong.push('an entry of sources has not its form');
      return [];
    }
    const { odsCode, name } = source.custodian;
    if (TRUST_CODES.includes(String(odsCode)) && name !== trustName(String(odsCode)))
      wrong.push('a custodian has another name');
    return [
      {
        custodian: String(odsCode),
        status: String(source.status),
        missing: source.missing,
        reason: typeof source.reason === 'string' ? source.reason : null,
        elapsedMs: typeof source.elapsedMs === 'number' ? source.elapsedMs : null,
      },
    ];
  });
}

function errorsOf(errors: readonly Loose[], path: readonly unknown[]): ListErrors {
  const codes = new Map<string, string>();
  let twice = false;
  for (const error of errors) {
    if (!isDeepStrictEqual(error.path, path) || !isLoose(error.extensions)) continue;
    const { custodian } = error.extensions;
    if (typeof custodian !== 'string') continue;
    twice ||= codes.has(custodian);
    codes.set(custodian, codeOf(error));
  }
  return { codes, twice };
}

const codeOf = (error: Loose): string => (isLoose(error.extensions) ? String(error.extensions.code) : '');

const startsPath = (error: Loose, path: readonly unknown[]): boolean =>
  isDeepStrictEqual(listOf(error.path).slice(0, path.length), path);
