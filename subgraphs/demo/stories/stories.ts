import type { LocalDate } from '@caregraph/trust/records.ts';
import { lancashireInLondon } from './lancashire-in-london.ts';
import { pointerOnly } from './pointer-only.ts';
import { restricted } from './restricted.ts';
import type { Story } from './teller.ts';
import { twoPlans } from './two-plans.ts';
import { westMidlandsFour } from './west-midlands-four.ts';

/**
 * The named patients of `stories.json` of whom trusts with made-up records hold something, by the id of their story.
 * `real-fhir` is one of HL7's examples, and of `unknown` nobody holds anything.
 */
export function stories(today: LocalDate): ReadonlyMap<string, Story> {
  return new Map([
    ['lancashire-in-london', lancashireInLondon(today)],
    ['west-midlands-four', westMidlandsFour(today)],
    ['two-plans', twoPlans(today)],
    ['pointer-only', pointerOnly(today)],
    ['restricted', restricted(today)],
  ]);
}
