import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { p99, percentile } from './arrivals.ts';
import { ELSEWHERE, load, total } from './load.ts';
import { isRunning } from './one-by-one.ts';
import { type Outcome, results } from './results.ts';
import { saturation } from './saturation.ts';
import { SLOW_TRUST } from './scenario.ts';
import { SCENARIOS } from './scenarios/all.ts';
import { settle } from './until.ts';
import { startWorld, type World } from './world.ts';

/*
 * `npm run faults -- [--seconds 60] [--only 2,3] [--seed N] [--results FILE]`: commits every fault of the table, one after
 * another, and writes what came of it: to FILE, which is RESULTS.md when all were committed and no other is named; otherwise to
 * the standard output.
 */

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    only: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    results: { type: 'string' },
  },
});
const seconds = Number(values.seconds);
const only = values.only?.split(',').map(Number);
/** A part of the table does not stand in for the whole. */
const file = values.results ?? (only ? null : fileURLToPath(new URL('./RESULTS.md', import.meta.url)));
const { seed } = values;

/** The load is this part of what the gateway can do. */
const SHARE = 0.6;
const STEP_SECONDS = Math.min(5, Math.max(2, seconds / 10));

const say = (words: string): boolean => process.stderr.write(`${words}\n`);
const started = performance.now();
say(`seed ${seed}`);
let world = await startWorld(seed);
const peak = await saturation(world, seed, STEP_SECONDS);
const rate = Math.max(10, Math.round(SHARE * peak.goodput));
say(`saturated at ${peak.goodput.toFixed(0)} a second; the load is ${rate}`);
const calmly = () =>
  load(world, { rate, seconds: Math.max(10, seconds / 2), seed: `healthy ${seed}`, watch: SLOW_TRUST });
const calm = await calmly();
const healthy = { p99: p99(calm), elsewhereP99: p99(calm, ({ kind }) => kind === ELSEWHERE) };
say(`healthy: p99 ${healthy.p99.toFixed(0)} ms`);

const outcomes: Outcome[] = [];
for (const scenario of SCENARIOS.filter(({ id }) => !only || only.includes(id))) {
  const begun = performance.now();
  try {
    await settle(world);
    const measured = await scenario.run({ world, rate, seconds, seed, isLong: seconds >= 60, healthy });
    outcomes.push({ scenario, measured, seconds: (performance.now() - begun) / 1_000 });
  } catch (error) {
    const words = isRunning(world) ? String(error) : `The gateway's process has ended. ${lastWords(world)}`;
    outcomes.push({ scenario, failed: words, seconds: (performance.now() - begun) / 1_000 });
    // What follows is not to suffer from it.
    await world[Symbol.asyncDispose]();
    world = await startWorld(seed);
    await load(world, { rate: 20, seconds: 3, seed: 'warm' });
  }
  const last = outcomes.at(-1);
  say(`${scenario.id}: ${JSON.stringify(last && 'measured' in last ? last.measured : last)}`);
}

const calmAgain = await calmly();
await world[Symbol.asyncDispose]();

const written = results({
  outcomes,
  seed,
  seconds,
  saturation: peak,
  rate,
  healthy: {
    p50: percentile(
      calm.samples.map(({ ms }) => ms),
      0.5,
    ),
    p99: healthy.p99,
    p99AtTheEnd: p99(calmAgain),
    wrong: total(calm.wrong) + total(calmAgain.wrong),
    judged: calm.judged + calmAgain.judged,
  },
  lastedSeconds: (performance.now() - started) / 1_000,
  before: file === null ? '' : previous(file),
});
if (file === null) process.stdout.write(written);
else {
  writeFileSync(file, written);
  say(`written to ${file}`);
}

/** What a process has logged last, without its own particulars. */
function lastWords({ gateway }: World): string {
  const line = gateway.log().trimEnd().split('\n').at(-1) ?? '';
  return /"message":"([^"]*)"/.exec(line)?.[1] ?? '';
}

/** What was written before, from which the words that somebody has put beside a missed goal are taken over. */
function previous(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
