import { NO_HEADINGS } from '../../no-headings.ts';
import type { Coding, CrisisPlan } from '../../records.ts';
import { CRISIS_PLAN, PLAN_TYPES, SNOMED } from './codes.ts';
import type { Concept } from './datatypes.ts';

/** What FHIR R4 has no place for in a plan: such a plan is read in its documents. */
export const UNSTRUCTURED = {
  ...NO_HEADINGS,
  patientAgreement: 'NOT_RECORDED',
  reviewDue: null,
} as const satisfies Partial<CrisisPlan>;

/**
 * What kind of crisis plan the concepts say that something is: of several kinds a mental health crisis plan before all
 * others, then the first that is named; `null` when they say no such thing.
 */
export function planType(concepts: readonly Concept[]): Coding | null {
  const codes = concepts
    .flatMap((each) => each.codings)
    .flatMap(({ system, code }) => (system === SNOMED && PLAN_TYPES.has(code) ? [code] : []));
  const code = codes.includes(CRISIS_PLAN) ? CRISIS_PLAN : codes[0];
  return code === undefined ? null : { system: SNOMED, code, display: PLAN_TYPES.get(code) ?? null };
}
