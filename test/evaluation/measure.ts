import { handOver } from '@caregraph/demo/early-warning/hand-over.ts';
import { evaluate, type RuleInForce, type Warning } from '@caregraph/early-warning/evaluate.ts';
import type { HandedOver } from '@caregraph/early-warning/handed-over.ts';
import { readPicture } from '@caregraph/early-warning/read-picture.ts';
import type { Planted } from './planted.ts';

/** How often something spoke, and of whom. */
export interface Score {
  readonly name: string;
  /** Of how many patients it spoke. */
  readonly spoke: number;
  /** How many of those had a crisis. */
  readonly right: number;
  /** Of how many of those it would have spoken too if some trust had looked at its own records alone. */
  readonly rightAlone: number;
  /** Of how many patients it could not be settled, although everybody answered. */
  readonly undetermined: number;
}

/** What the rules have made of a population. */
export interface Measured {
  readonly patients: number;
  readonly crises: number;
  readonly scores: readonly Score[];
}

/** Of those of whom something spoke, how many had a crisis; `null` when it spoke of nobody. */
export const precision = ({ spoke, right }: Score): number | null => (spoke === 0 ? null : right / spoke);

/** Of those who had a crisis, of how many something spoke; `null` when nobody had one. */
export const recall = (right: number, crises: number): number | null => (crises === 0 ? null : right / crises);

/** Asks the rules of every patient at one moment, over what all trusts hold, and over what each holds alone. */
export function measure(rules: readonly RuleInForce[], patients: readonly Planted[], at: number): Measured {
  const counts = new Map<string, { spoke: number; right: number; rightAlone: number; undetermined: number }>();
  const count = (name: string): { spoke: number; right: number; rightAlone: number; undetermined: number } => {
    const known = counts.get(name) ?? { spoke: 0, right: 0, rightAlone: 0, undetermined: 0 };
    counts.set(name, known);
    return known;
  };
  const warnings = (patient: HandedOver): readonly Warning[] => evaluate(rules, readPicture(patient, null, at));
  for (const { rule } of rules) count(rule.id);
  for (const { nhsNumber, held, crisis } of patients) {
    const shared = warnings(handOver(nhsNumber, held));
    const alone = new Set(
      [...held].flatMap(([odsCode, own]) => namesOf(warnings(handOver(nhsNumber, new Map([[odsCode, own]]))))),
    );
    for (const name of namesOf(shared)) {
      const score = count(name);
      score.spoke++;
      if (!crisis) continue;
      score.right++;
      if (alone.has(name)) score.rightAlone++;
    }
    for (const { rule, status } of shared) if (status === 'UNDETERMINED') count(rule).undetermined++;
  }
  return {
    patients: patients.length,
    crises: patients.filter(({ crisis }) => crisis).length,
    scores: [...counts].map(([name, score]) => ({ name, ...score })),
  };
}

/** Any rule at all, and any of those that ask for a look today. */
export const ANY = 'any rule';
export const ANY_HIGH = 'any rule of severity HIGH';

function namesOf(warnings: readonly Warning[]): string[] {
  const raised = warnings.filter(({ status }) => status === 'RAISED');
  return [
    ...raised.map(({ rule }) => rule),
    ...(raised.length > 0 ? [ANY] : []),
    ...(raised.some(({ severity }) => severity === 'HIGH') ? [ANY_HIGH] : []),
  ];
}
