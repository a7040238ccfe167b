import { afterAll, beforeAll, expect, test } from 'vitest';
import { load } from './load.ts';
import { isHeld } from './scenario.ts';
import { SCENARIOS } from './scenarios/all.ts';
import { startWorld, type World } from './world.ts';

/*
 * A short version of each fault (`npm run faults` has the long one), against a whole gateway in a process of its own. What is
 * a ratio of times is not asserted here: a machine that does a lot besides knows no healthy time.
 */

const SEED = '20261122';
const RATE = 20;
const SECONDS = 6;

let world: World;
beforeAll(async () => {
  world = await startWorld(SEED);
  await load(world, { rate: RATE, seconds: 1, seed: 'warm' });
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

test.each(SCENARIOS)('fault $id, $title: what must hold on any machine holds', async ({ run, holds }) => {
  const trial = { world, rate: RATE, seconds: SECONDS, seed: SEED, isLong: false, healthyP99: null };
  const { figures, notes } = await run(trial);
  const missed = holds
    .filter(({ inShort }) => inShort !== false)
    .filter((goal) => !isHeld(goal.inShort || goal, figures[goal.id]))
    .map(({ id, what }) => `${what}: ${figures[id]}`);
  expect(missed, notes.join('\n')).toEqual([]);
});

test('with everybody well, every answer is right, and all of it is there', async () => {
  const { judged, wrong, failedWhole } = await load(world, { rate: RATE, seconds: 2, seed: SEED, patients: 3 });
  expect({ judged, wrong: [...wrong], failedWhole }).toEqual({ judged: RATE * 2 * 3, wrong: [], failedWhole: 0 });
});
