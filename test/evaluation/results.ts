import type { RuleInForce } from '@caregraph/early-warning/evaluate.ts';
import { type Measured, precision, recall, type Score } from './measure.ts';
import { PLANTED } from './planted.ts';

/** What stands under a table, beside its figures. */
export interface Run {
  readonly command: string;
  readonly on: string;
  readonly size: number;
}

/** The page of results (GitHub Flavored Markdown). */
export function resultsPage(rules: readonly RuleInForce[], measured: Measured, { command, on, size }: Run): string {
  const { patients, crises, scores } = measured;
  const base = crises / patients;
  return `# How often the rules are right

What \`${command}\` wrote on ${on}. It is written anew by each run.

**A warning prompts a clinician, and never decides.** Most patients of whom a rule speaks have no crisis, and some who have one had
no warning. That no rule speaks is no sign that somebody is safe.

The ${patients} patients alive in the demo's population of ${size} are made up, and so are the crises: one planted in the 28 days to come for ${percent(PLANTED.crises)} of
them, announced by signs of the last three weeks in ${percent(PLANTED.withSigns)} of those cases; and ${percent(PLANTED.forNothing)} of the others show the same signs for nothing. So the
figures say whether the rules find what they are meant to find, and how often they would speak for nothing in a world that is
like this one. **They say nothing of real patients**: the best published model for those, with far more to go by, has an area
under the precision-recall curve of 0.159 (Garriga et al. 2022, Nature Medicine 28:1240).

Had everybody been flagged, ${percent(base)} would have been right: that is what precision is to be held against.

| rule | speaks of | of whom had a crisis | precision | recall | recall, each trust alone | not settled |
|---|---|---|---|---|---|---|
${scores
  .toSorted(byName)
  .map((score) => row(score, crises))
  .join('\n')}

*Recall, each trust alone*: had each trust looked at its own records as if they were all there is. *Not settled*: although every trust
had answered, because a record does not say what the rule asks.

## The rules

Each stands, with its function, in a file of its own in \`subgraphs/early-warning/rules\`. † marks what was chosen, or comes from
general knowledge, and was not checked against a source.

| rule | severity | speaks when | thresholds | evidence |
|---|---|---|---|---|
${rules.map(described).join('\n')}
`;
}

const byName = (one: Score, other: Score): number => rank(one) - rank(other) || (one.name < other.name ? -1 : 1);
const rank = ({ name }: Score): number => (name.startsWith('any') ? 1 : 0);

function row(score: Score, crises: number): string {
  const { name, spoke, right, rightAlone, undetermined } = score;
  const cells = [
    name.startsWith('any') ? `**${name}**` : `\`${name}\``,
    spoke,
    right,
    percent(precision(score)),
    percent(recall(right, crises)),
    percent(recall(rightAlone, crises)),
    undetermined,
  ];
  return `| ${cells.join(' | ')} |`;
}

function described({ rule, values }: RuleInForce): string {
  const { id, severity, says, evidence, source, parameters } = rule;
  const thresholds = Object.entries(parameters).map(([name, { unit }]) => `\`${name}\` ${values[name]} ${unit}`);
  return `| \`${id}\` | ${severity} | ${says} | ${thresholds.join('; ')} | ${evidence} (${source}) |`;
}

const percent = (share: number | null): string => (share === null ? '–' : `${(share * 100).toFixed(1)} %`);
