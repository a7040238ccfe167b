import { readdirSync } from 'node:fs';
import { z } from 'zod';
import type { RuleInForce } from './evaluate.ts';
import type { Rule } from './rule.ts';

const FOLDER = new URL('rules/', import.meta.url);

const file = z.object({
  rule: z.custom<Rule>((value) => typeof value === 'object' && value !== null && 'find' in value),
});

/** Every rule that stands in a file of `rules/`, in the order of their names. A new one needs to be named nowhere else. */
export const RULES: readonly Rule[] = (
  await Promise.all(
    readdirSync(FOLDER)
      .filter((name) => name.endsWith('.ts'))
      .map(async (name) => file.parse(await import(new URL(name, FOLDER).href)).rule),
  )
).sort((one, other) => (one.id < other.id ? -1 : 1));

/**
 * The thresholds that a deployment sets, by rule and parameter, such as `MULTI_TRUST: { days: 14 }`: whole numbers within the
 * limits that the rule sets. What is not set keeps its default.
 */
export const thresholds = z.strictObject(
  Object.fromEntries(
    RULES.filter(({ parameters }) => Object.keys(parameters).length > 0).map(({ id, parameters }) => [
      id,
      z
        .strictObject(
          Object.fromEntries(
            Object.entries(parameters).map(([name, { least, most }]) => [
              name,
              z.int().min(least).max(most).optional(),
            ]),
          ),
        )
        .optional(),
    ]),
  ),
);

/** The rules with their thresholds: the defaults, and in their place what a deployment sets. */
export function inForce(set: z.output<typeof thresholds> = {}): readonly RuleInForce[] {
  return RULES.map((rule) => ({
    rule,
    values: Object.fromEntries(
      Object.entries(rule.parameters).map(([name, parameter]) => [name, set[rule.id]?.[name] ?? parameter.default]),
    ),
  }));
}
