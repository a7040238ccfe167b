import { afterAll, beforeAll, test } from 'vitest';
import { overload } from './scenarios/11-overload.ts';
import { rollingRestart } from './scenarios/12-rolling-restart.ts';
import { slowClients } from './scenarios/13-slow-clients.ts';
import { holdsBriefly, SEED } from './short.ts';
import { startWorld, type World } from './world.ts';

/* Short versions of faults 11 to 13 (`npm run faults` has the long ones), against whole gateways in processes of their own. */

let world: World;
beforeAll(async () => {
  world = await startWorld(SEED);
});
afterAll(() => world[Symbol.asyncDispose]());

test('three times what the gateway can do: it goes on doing it, and ambulances hardly notice', () =>
  holdsBriefly(world, overload));

test('instances that are restarted one after the other lose no request, and one that is killed only what it had begun', () =>
  holdsBriefly(world, rollingRestart));

test('a thousand connections that drip, and two requests in one, disturb nobody', () =>
  holdsBriefly(world, slowClients));
