import { afterAll, beforeAll, expect, test } from 'vitest';
import { load } from './load.ts';
import { silentOmissions } from './scenarios/01-silent-omissions.ts';
import { slowTrust } from './scenarios/02-slow-trust.ts';
import { deadTrust } from './scenarios/03-dead-trust.ts';
import { hangingTrust } from './scenarios/04-hanging-trust.ts';
import { healingTrust } from './scenarios/05-healing-trust.ts';
import { holdsBriefly, RATE, SEED } from './short.ts';
import { startWorld, type World } from './world.ts';

/* Short versions of faults 1 to 5 (`npm run faults` has the long ones), against a whole gateway in a process of its own. */

let world: World;
beforeAll(async () => {
  world = await startWorld(SEED);
  await load(world, { rate: RATE, seconds: 1, seed: 'warm' });
});
afterAll(() => world[Symbol.asyncDispose]());

test('with everybody well, every answer is right, and nothing is missing', async () => {
  const { judged, wrong, failedWhole } = await load(world, { rate: RATE, seconds: 2, seed: SEED, patients: 3 });
  expect({ judged, wrong: [...wrong], failedWhole }).toEqual({ judged: RATE * 2 * 3, wrong: [], failedWhole: 0 });
});

test('any fault, and random pairs of them: nothing is omitted silently', () => holdsBriefly(world, silentOmissions));

test('one trust 10 s slower: answers come by the deadline, and its breaker opens', () =>
  holdsBriefly(world, slowTrust));

test('one trust refused, reset, killed: no request fails whole, and its breaker opens in time', () =>
  holdsBriefly(world, deadTrust));

test('one trust that hangs: answers come by the deadline, and nothing stays open or in memory', () =>
  holdsBriefly(world, hangingTrust));

test('one trust that flaps: it is used again within 5 s, and asked once at a time while it fails', () =>
  holdsBriefly(world, healingTrust));
