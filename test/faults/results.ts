import { cpus, totalmem } from 'node:os';
import type { Saturation } from './saturation.ts';
import { type Goal, isHeld, type Measured, type Scenario } from './scenario.ts';

/** What became of one fault of the table. */
export type Outcome = { readonly scenario: Scenario; readonly seconds: number } & (
  | { readonly measured: Measured }
  | { readonly failed: string }
);

export interface Run {
  readonly outcomes: readonly Outcome[];
  readonly seed: string;
  /** How long each fault went on. */
  readonly seconds: number;
  readonly saturation: Saturation;
  /** Requests a second. */
  readonly rate: number;
  /** The same load with everybody well. */
  readonly healthy: {
    readonly p50: number;
    readonly p99: number;
    readonly p99AtTheEnd: number;
    readonly wrong: number;
    readonly judged: number;
  };
  readonly lastedSeconds: number;
  /** What the file held before. */
  readonly before: string;
}

/** What stands beside a goal that was missed until somebody has written why. */
const WHY = 'why: not yet written';

/** The text of `RESULTS.md`. Words that somebody has written beside a missed goal stay with it. */
export function results(run: Run): string {
  const { outcomes, seed, seconds, saturation, rate, healthy, lastedSeconds, before } = run;
  const [cpu] = cpus();
  const rows = outcomes.flatMap((outcome) =>
    outcome.scenario.holds.map((goal) => row(outcome, goal, whyOf(before, outcome.scenario, goal))),
  );
  const notes = outcomes.map((outcome) => {
    const { id, title } = outcome.scenario;
    const lines = 'measured' in outcome ? outcome.measured.notes : [`It could not be tried: ${outcome.failed}`];
    return [`### ${id}. ${title}`, '', ...lines.map((line) => `- ${line}`)].join('\n');
  });
  return `# What every fault has come to

Written by \`npm run faults -- --seconds ${seconds} --seed ${seed}\` on ${new Date().toISOString().slice(0, 10)}, in ${(lastedSeconds / 60).toFixed(1)} minutes, with Node
${process.versions.node} on ${process.platform}, ${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB. Gateway, everything around it, and the load share
these processors. What is what stands in [\`README.md\`](README.md).

| | |
|---|---|
| saturation, with everybody well | ${saturation.goodput.toFixed(0)} requests/s |
| the load, ${((100 * rate) / saturation.goodput).toFixed(0)} % of it, at a constant rate | ${rate} requests/s |
| its p50 and p99 with everybody well | ${healthy.p50.toFixed(0)} ms, ${healthy.p99.toFixed(0)} ms; p99 again at the end ${healthy.p99AtTheEnd.toFixed(0)} ms |
| wrong answers with everybody well, of ${healthy.judged} | ${healthy.wrong} |

| # | figure | goal | measured | |
|---|---|---|---|---|
${rows.join('\n')}

## What there is to say of each

${notes.join('\n\n')}

## How saturation was found

| asked a second | answered well within the deadline | p99 |
|---|---|---|
${saturation.steps.map((step) => `| ${step.rate} | ${step.goodput.toFixed(0)} | ${step.p99.toFixed(0)} ms |`).join('\n')}
`;
}

function row(outcome: Outcome, goal: Goal, why: string): string {
  const { id } = outcome.scenario;
  const figure = 'measured' in outcome ? outcome.measured.figures[goal.id] : null;
  const said = typeof figure === 'number' && !Number.isNaN(figure) ? formatted(figure, goal) : 'not measured';
  const held = isHeld(goal, figure) ? 'held' : `**missed** (${why})`;
  return `| ${id} | ${goal.what} | ${bound(goal)} | ${said} | ${held} |`;
}

function bound({ atMost, atLeast, unit }: Goal): string {
  const sign = atMost === undefined ? '≥' : '≤';
  const value = atMost ?? atLeast ?? 0;
  if (value === 0 && sign === '≤') return '0';
  return `${sign} ${value.toLocaleString('en-GB')}${unit ? ` ${unit}` : ''}`;
}

function formatted(figure: number, { unit }: Goal): string {
  if (!Number.isFinite(figure)) return 'never';
  const digits = unit === '×' ? 2 : unit === 'MiB' || unit === 's' || (unit === '%' && figure < 100) ? 1 : 0;
  return `${figure.toLocaleString('en-GB', { minimumFractionDigits: digits, maximumFractionDigits: digits })}${unit ? ` ${unit}` : ''}`;
}

function whyOf(before: string, { id }: Scenario, { what }: Goal): string {
  const line = before.split('\n').find((each) => each.startsWith(`| ${id} | ${what} |`));
  return /\*\*missed\*\* \((.*)\) \|$/.exec(line ?? '')?.[1] ?? WHY;
}
