/** Whether something is so; `null` when what is recorded does not say (Kleene's logic of three values). */
export type Maybe = boolean | null;

/** Whether all are so: one that is not settles it, and so does nothing that is not known. */
export function all(...each: readonly Maybe[]): Maybe {
  if (each.includes(false)) return false;
  return each.includes(null) ? null : true;
}

/** Whether something is not so. */
export const not = (is: Maybe): Maybe => (is === null ? null : !is);

/** Records by whether something is so of them. Those of which it is not so are left out. */
export interface Sifted<R> {
  /** It is so. */
  readonly sure: readonly R[];
  /** It may be so. */
  readonly unsure: readonly R[];
}

/**
 * Sifts records, and keeps their order. Of one that is not certain it may be so, whatever it says now: nobody keeps what it said
 * before.
 */
export function sift<R extends { readonly certain: boolean }>(
  records: readonly R[],
  so: (record: R) => Maybe,
): Sifted<R> {
  const told = records.map((record) => [record, record.certain ? so(record) : null] as const);
  return {
    sure: told.flatMap(([record, is]) => (is === true ? [record] : [])),
    unsure: told.flatMap(([record, is]) => (is === null ? [record] : [])),
  };
}
