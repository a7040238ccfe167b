import { expect } from 'vitest';
import { isHeld, type Scenario } from './scenario.ts';
import { settle } from './until.ts';
import type { World } from './world.ts';

/** The seed of the short versions, so that a test that fails can be made to fail again. */
export const SEED = '20261122';

/** Requests a second: what any machine can do beside whatever else it does. */
export const RATE = 20;

/** How long each fault goes on. */
const SECONDS = 4;

/**
 * Tries a fault briefly, and asserts what must hold on any machine. What is a ratio of times is not asserted: a machine that
 * does a lot besides knows no healthy time.
 */
export async function holdsBriefly(world: World, { run, holds }: Scenario): Promise<void> {
  const trial = { world, rate: RATE, seconds: SECONDS, seed: SEED, isLong: false, healthy: null };
  await settle(world);
  const { figures, notes } = await run(trial);
  const missed = holds
    .filter(({ inShort }) => inShort !== false)
    .filter((goal) => !isHeld(goal.inShort || goal, figures[goal.id]))
    .map(({ id, what }) => `${what}: ${figures[id]}`);
  expect(missed, notes.join('\n')).toEqual([]);
}
