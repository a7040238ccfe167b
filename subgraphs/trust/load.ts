import { refuse } from '@caregraph/service/errors.ts';
import type { Logger } from '@caregraph/service/log.ts';
import type { OnwardCaller } from '@caregraph/service/onward.ts';
import DataLoader from 'dataloader';
import type { RecordCheck } from './check-record.ts';
import type { LocalDate, NHSNumber } from './records.ts';
import { type Ask, type Batch, type RecordTypes, type TrustSource, UnsupportedRecordType } from './source.ts';

/** What the source holds of one patient, of one type, checked against the contract. */
export type Load = <Type extends keyof RecordTypes>(
  type: Type,
  nhsNumber: NHSNumber,
  since: LocalDate | null,
) => Promise<readonly RecordTypes[Type][]>;

export interface LoadOptions {
  readonly source: TrustSource;
  /** How to check a record against the contract, by record type. */
  readonly checks: ReadonlyMap<string, RecordCheck>;
  readonly log: Logger;
  /** Called after the source was asked. */
  readonly onAsked: () => void;
  /** On whose behalf the gateway asks; `null` when nobody was asked who they are. */
  readonly caller: OnwardCaller | null;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** The part of a source that this file asks, as a mapped type: so a record type and its records stay together. */
type Readers = {
  readonly [Type in keyof RecordTypes]: (
    nhsNumbers: readonly NHSNumber[],
    ask: Ask,
  ) => Promise<Batch<RecordTypes[Type]>>;
};

type Loader<R> = DataLoader<NHSNumber, readonly R[]>;

/**
 * Asks the source on behalf of one request: once per record type and `since` for all patients together, however many
 * fields of the query want the same.
 *
 * Rejects with a `GraphQLError` whose code says why: `SOURCE_UNAVAILABLE`, `UNSUPPORTED`, or, for the patient it is about
 * alone, `INVALID_RECORD`. The source's own words go to the log and nowhere else.
 */
export function createLoad(options: LoadOptions): Load {
  const loaders: { [Type in keyof RecordTypes]: Map<LocalDate | null, Loader<RecordTypes[Type]>> } = {
    demographics: new Map(),
    crisisPlans: new Map(),
    contacts: new Map(),
    alerts: new Map(),
    careContacts: new Map(),
    hospitalSpells: new Map(),
    legalStatuses: new Map(),
    referrals: new Map(),
  };
  return (type, nhsNumber, since) => {
    let loader = loaders[type].get(since);
    if (!loader) {
      loader = new DataLoader((nhsNumbers) => ask(options, type, nhsNumbers, since));
      loaders[type].set(since, loader);
    }
    return loader.load(nhsNumber);
  };
}

async function ask<Type extends keyof RecordTypes>(
  { source, checks, log, caller, signal, onAsked }: LoadOptions,
  type: Type,
  nhsNumbers: readonly NHSNumber[],
  since: LocalDate | null,
): Promise<ReadonlyArray<readonly RecordTypes[Type][] | Error>> {
  const check = checks.get(type);
  if (!check) throw new Error(`There is no check of ${type}.`);
  const readers: Readers = source;
  const problems = new Map<string, number>();
  try {
    const batch = await orAborted(() => readers[type](nhsNumbers, { caller, signal, since }), signal);
    return nhsNumbers.map((nhsNumber) => {
      const records: unknown = batch.get(nhsNumber) ?? [];
      if (!Array.isArray(records)) throw new TypeError('A source answers with a list of records for each patient.');
      const found = findProblems(records, check);
      for (const problem of found) problems.set(problem, (problems.get(problem) ?? 0) + 1);
      return found.length === 0 ? records : invalid(type, found.length, records.length);
    });
  } catch (error) {
    if (error instanceof UnsupportedRecordType) throw refuse('UNSUPPORTED', `This trust does not serve ${type}.`);
    // Once for all patients of the batch.
    if (signal.aborted) log.info({ type, patients: nhsNumbers.length }, 'gave up: nobody waits any more');
    else log.error({ err: error, type, patients: nhsNumbers.length }, 'the source failed');
    throw refuse('SOURCE_UNAVAILABLE', `The trust could not read ${type} from its own records.`);
  } finally {
    onAsked();
    if (problems.size > 0) {
      log.error({ type, problems: Object.fromEntries(problems) }, 'the source handed over invalid records');
    }
  }
}

/** A problem for each record that is not as the contract wants it, or that has the id of another one. */
function findProblems(records: readonly unknown[], check: RecordCheck): string[] {
  const ids = new Set<unknown>();
  const problems: string[] = [];
  for (const record of records) {
    const problem = check(record);
    const id = typeof record === 'object' && record !== null && 'id' in record ? record.id : undefined;
    if (problem !== null) problems.push(problem);
    else if (ids.has(id)) problems.push('id: that of another record');
    ids.add(id);
  }
  return problems;
}

const invalid = (type: string, bad: number, all: number): Error =>
  refuse(
    'INVALID_RECORD',
    `Of ${all} ${type}, ${bad} cannot be shown, because the trust's records are not as the contract wants them. They exist: ask the trust.`,
    { count: bad },
  );

/** A source that does not heed the signal must not keep the caller waiting. */
async function orAborted<T>(start: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([start(), aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
