import { evaluate, gapInWords, type Warning } from '@caregraph/early-warning/evaluate.ts';
import { type HandedOver, handedOver } from '@caregraph/early-warning/handed-over.ts';
import { momentOf, readPicture } from '@caregraph/early-warning/read-picture.ts';
import { inForce, type thresholds } from '@caregraph/early-warning/rules.ts';
import type { z } from 'zod';

/** What a rule comes to: it speaks, it is not settled, or it is and does not speak. */
export type Verdict = 'RAISED' | 'UNDETERMINED' | 'NOTHING';

/** What a question is asked with, besides the patient. */
export interface Asked {
  /** The present; a moment of the past when `asOf` is given. */
  readonly now: string;
  readonly asOf?: string;
  readonly thresholds?: z.output<typeof thresholds>;
}

/** Everything that is to be said of a patient. */
export function warningsOf(patient: HandedOver, { now, asOf, thresholds = {} }: Asked): readonly Warning[] {
  const picture = readPicture(handedOver.parse(patient), asOf === undefined ? null : momentOf(asOf), momentOf(now));
  return evaluate(inForce(thresholds), picture);
}

/** Asks one rule of patients. */
export const asking = (rule: string) => {
  const warning = (patient: HandedOver, now: string, asked: Omit<Asked, 'now'> = {}): Warning | undefined =>
    warningsOf(patient, { now, ...asked }).find((each) => each.rule === rule);
  return {
    /** What it says, if anything. */
    warning,
    /** What it comes to. */
    verdict: (patient: HandedOver, now: string, asked: Omit<Asked, 'now'> = {}): Verdict =>
      warning(patient, now, asked)?.status ?? 'NOTHING',
    /** What it names as not known; `null` when it says nothing at all. */
    missing: (patient: HandedOver, now: string, asked: Omit<Asked, 'now'> = {}): readonly string[] | null =>
      warning(patient, now, asked)?.missing.map(gapInWords) ?? null,
  };
};
