import { afterAll, beforeAll, test } from 'vitest';
import { load } from './load.ts';
import { nonsense } from './scenarios/06-nonsense.ts';
import { bombs } from './scenarios/07-bombs.ts';
import { mixedUp } from './scenarios/08-mixed-up.ts';
import { ledAstray } from './scenarios/09-led-astray.ts';
import { locator } from './scenarios/10-locator.ts';
import { replacedFiles } from './scenarios/14-replaced-files.ts';
import { holdsBriefly, RATE, SEED } from './short.ts';
import { startWorld, type World } from './world.ts';

/* Short versions of faults 6 to 10 and 14 (`npm run faults` has the long ones), against a whole gateway in a process of its own. */

let world: World;
beforeAll(async () => {
  world = await startWorld(SEED);
  await load(world, { rate: RATE, seconds: 1, seed: 'warm' });
});
afterAll(() => world[Symbol.asyncDispose]());

test('nonsense is INVALID or a quarantined record, and not one byte of it reaches anybody', () =>
  holdsBriefly(world, nonsense));

test('bombs are cut, and cost little memory', () => holdsBriefly(world, bombs));

test("answers that are mixed up, or claim to be another's, show no record of a wrong patient", () =>
  holdsBriefly(world, mixedUp));

test('redirects and headers lead nowhere', () => holdsBriefly(world, ledAstray));

test('a locator that dies, dawdles or lies costs no record, and the answer says so', () =>
  holdsBriefly(world, locator));

test('files that are replaced by broken ones change nothing', () => holdsBriefly(world, replacedFiles));
