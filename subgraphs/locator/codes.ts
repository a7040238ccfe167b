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

/** A type of record that a pointer may name, with the one category that it belongs to. */
export interface PointerType {
  readonly type: SnomedCoding;
  readonly category: SnomedCoding;
}

const CARE_PLAN = snomed('734163000', 'Care plan');
const CLINICAL_NOTE = snomed('823651000000106', 'Clinical note');
const RECORD_ARTIFACT = snomed('419891008', 'Record artifact');

/** The pointer types of the National Record Locator that may be published here, by SNOMED CT code. */
export const POINTER_TYPES: ReadonlyMap<string, PointerType> = new Map(
  [
    { type: snomed('736253002', 'Mental health crisis plan'), category: CARE_PLAN },
    { type: snomed('325691000000100', 'Contingency plan'), category: CARE_PLAN },
    { type: snomed('887701000000100', 'Emergency health care plan'), category: CARE_PLAN },
    { type: snomed('1382601000000107', 'ReSPECT form'), category: CARE_PLAN },
    { type: snomed('736373009', 'End of life care plan'), category: CARE_PLAN },
    { type: snomed('861421000000109', 'End of life care coordination summary'), category: CARE_PLAN },
    { type: snomed('736366004', 'Advance care plan'), category: CARE_PLAN },
    { type: snomed('735324008', 'Treatment escalation plan'), category: CARE_PLAN },
    { type: snomed('2181441000000107', 'Personalised care and support plan'), category: CARE_PLAN },
    { type: snomed('824321000000109', 'Summary record'), category: CLINICAL_NOTE },
    { type: snomed('749001000000101', 'Appointment'), category: RECORD_ARTIFACT },
  ].map((entry) => [entry.type.code, entry]),
);
