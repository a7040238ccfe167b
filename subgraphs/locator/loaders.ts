import { refuse } from '@caregraph/service/errors.ts';
import { inTime } from '@caregraph/service/in-time.ts';
import DataLoader from 'dataloader';
import type { OrganisationStore } from './organisation-store.ts';
import type { Organisation, OrganisationKind } from './organisations.ts';
import type { PointerStore } from './pointer-store.ts';
import type { Pointer } from './pointers.ts';
import { openSuccessors } from './succession.ts';

/**
 * What one request reads, each thing once and all patients together: however many patients are asked for, and whatever of
 * them, it is one statement for their custodians, one for their pointers, and one or two for all the organisations.
 */
export interface Loaders {
  /**
   * The organisations at which a patient's records are found today, in the order of their codes. Rejects, as `pointers` does,
   * with `INDEX_EMPTY` while there is no pointer of anybody.
   */
  custodians(nhsNumber: string): Promise<readonly string[]>;
  /** The organisations at which the records of an organisation are found today: itself, or its successors. */
  holders(odsCode: string): Promise<ReadonlySet<string>>;
  /** A patient's current pointers, latest first. */
  pointers(nhsNumber: string): Promise<readonly Pointer[]>;
  /** An organisation, `null` when it is not known. */
  organisation(odsCode: string): Promise<Organisation | null>;
  /** All organisations of a kind, or all, in the order of their codes. */
  organisations(kind: OrganisationKind | null): Promise<readonly Organisation[]>;
}

export interface LoaderOptions {
  readonly organisations: OrganisationStore;
  readonly pointers: PointerStore;
  /** The day in the United Kingdom, `YYYY-MM-DD`. */
  readonly today: string;
  readonly signal: AbortSignal;
}

const EMPTY = refuse(
  'INDEX_EMPTY',
  'No pointer stands here at all: either nobody has published yet, or the index has lost what it held. It cannot say who holds something.',
);

/** The loaders of one request. */
export function createLoaders({ organisations, pointers, today, signal }: LoaderOptions): Loaders {
  const organisation = new DataLoader<string, Organisation | null>(async (codes) => {
    const found = await inTime(signal, () => organisations.withSuccessors(codes, signal));
    // Successors came along; whoever asks for them next need not ask the database.
    for (const one of found) organisation.prime(one.odsCode, one);
    const byCode = new Map(found.map((one) => [one.odsCode, one]));
    return codes.map((code) => byCode.get(code) ?? null);
  });

  /** An organisation with all that succeed it; after the first load of a batch the successors are there already. */
  const reach = async (code: string, reached: Map<string, Organisation>): Promise<void> => {
    if (reached.has(code)) return;
    const one = await organisation.load(code);
    if (!one) return;
    reached.set(code, one);
    await Promise.all(one.succeededBy.map((successor) => reach(successor, reached)));
  };

  const holders = new DataLoader<string, ReadonlySet<string>>(async (codes) => {
    const reached = new Map<string, Organisation>();
    await Promise.all(codes.map((code) => reach(code, reached)));
    return codes.map((code) => openSuccessors(code, reached, today));
  });

  /** An index of nothing knows nothing: where nobody is found, it must hold something of others. */
  const notEmpty = async (found: readonly unknown[]): Promise<void> => {
    if (found.length === 0 && !(await inTime(signal, () => pointers.holdsAny(signal)))) throw EMPTY;
  };

  const custodians = new DataLoader<string, readonly string[]>(async (subjects) => {
    const custodies = await inTime(signal, () => pointers.custodies(subjects, signal));
    await notEmpty(custodies);
    const bySubject = new Map<string, Set<string>>(subjects.map((subject) => [subject, new Set()]));
    await Promise.all(
      custodies.map(async ({ subject, custodian }) => {
        for (const code of await holders.load(custodian)) bySubject.get(subject)?.add(code);
      }),
    );
    return subjects.map((subject) => [...(bySubject.get(subject) ?? [])].sort());
  });

  const current = new DataLoader<string, readonly Pointer[]>(async (subjects) => {
    const found = await inTime(signal, () => pointers.current(subjects, signal));
    await notEmpty(found);
    const bySubject = Map.groupBy(found, ({ subject }) => subject);
    return subjects.map((subject) => bySubject.get(subject) ?? []);
  });

  return {
    custodians: (nhsNumber) => custodians.load(nhsNumber),
    holders: (odsCode) => holders.load(odsCode),
    pointers: (nhsNumber) => current.load(nhsNumber),
    organisation: (odsCode) => organisation.load(odsCode),
    async organisations(kind) {
      const found = await inTime(signal, () => organisations.all(kind, signal));
      for (const one of found) organisation.prime(one.odsCode, one);
      return found;
    },
  };
}
