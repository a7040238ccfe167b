/** Where a pointer stands (contract: `PointerStatus`). */
export type PointerStatus = 'CURRENT' | 'SUPERSEDED' | 'ENTERED_IN_ERROR';

/** A way of reading a record. `created` is a moment in UTC, RFC 3339. */
export interface PointerContent {
  readonly url: string;
  readonly contentType: string;
  readonly format: string;
  readonly created: string | null;
}

/** What a custodian says of a record: a pointer before it stands in the register. Moments are in UTC, RFC 3339. */
export interface NewPointer {
  readonly id: string;
  /** The patient's NHS number, ten digits. */
  readonly subject: string;
  /** A SNOMED CT code among `POINTER_TYPES`. */
  readonly type: string;
  readonly custodian: string;
  readonly author: string;
  readonly content: readonly PointerContent[];
  readonly practiceSetting: string | null;
  readonly periodStart: string | null;
  readonly periodEnd: string | null;
}

/** A pointer in the register. */
export interface Pointer extends NewPointer {
  readonly status: PointerStatus;
  readonly created: string;
  readonly lastUpdated: string;
  /** The id of the pointer that this one replaced. */
  readonly replaces: string | null;
}

/** Whether two pointers say the same of the same record: what a custodian said, not what became of it since. */
export function saysTheSame(one: NewPointer, other: NewPointer): boolean {
  return said(one) === said(other);
}

const said = (pointer: NewPointer): string =>
  JSON.stringify([
    pointer.id,
    pointer.subject,
    pointer.type,
    pointer.custodian,
    pointer.author,
    pointer.content.map(({ url, contentType, format, created }) => [url, contentType, format, created]),
    pointer.practiceSetting,
    pointer.periodStart,
    pointer.periodEnd,
  ]);
