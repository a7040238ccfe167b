import pointerTypes from '@caregraph/schema/codes/pointer-types.json' with { type: 'json' };

/** The URI of SNOMED CT in a FHIR Coding. */
export const SNOMED = 'http://snomed.info/sct';

/** A concept of SNOMED CT as the contract shows it (`Coding`). */
export interface SnomedCoding {
  readonly system: typeof SNOMED;
  readonly code: string;
  readonly display: string | null;
}

/** A SNOMED CT concept with its words; `null` where the locator keeps none for it. */
export function snomed(code: string, display: string | null = null): SnomedCoding {
  return { system: SNOMED, code, display };
}

const CATEGORIES: ReadonlyMap<string, string> = new Map(Object.entries(pointerTypes.categories));

/** A type of record that a pointer may name, with the one category that it belongs to. */
export interface PointerType {
  readonly type: SnomedCoding;
  readonly category: SnomedCoding;
  /** The record types, as the fields of `Patient` name them, in which what it points to can be read. */
  readonly recordTypes: readonly string[];
}

/** The pointer types of the National Record Locator that may be published here, by SNOMED CT code. */
export const POINTER_TYPES: ReadonlyMap<string, PointerType> = new Map(
  Object.entries(pointerTypes.codes).map(([code, { display, category, recordTypes }]) => [
    code,
    { type: snomed(code, display), category: snomed(category, CATEGORIES.get(category)), recordTypes },
  ]),
);
