import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '@caregraph/demo/population/random.ts';
import type { RoleName } from '@caregraph/gateway/access/roles.ts';
import { developmentIssuer } from '@caregraph/gateway/development/issuer.ts';
import { Agent } from 'undici';
import { type Call, exchange, type Received } from './arrivals.ts';
import { ONE } from './questions.ts';
import type { World } from './world.ts';

/** Those who ask: many users, each with a token of their own, as in a real service. */
export interface Crowd {
  /** Somebody of a role asks about some patient. */
  call(role: RoleName): Call;
}

/** How many users there are of each role. */
const USERS = 100;

/** Users of these roles. What they ask is drawn by the seed. */
export async function crowd(world: World, roles: readonly RoleName[], seed: string): Promise<Crowd> {
  const issuer = await developmentIssuer(join(world.folder, 'issuer'), 'test');
  const tokens = new Map<RoleName, readonly string[]>();
  for (const role of roles) {
    const users = Array.from({ length: USERS }, (_, n) => `${role}-${n}`);
    const signed = users.map((user) => issuer.token({ organisation: 'RRU', role, user, purpose: 'directcare' }));
    tokens.set(role, await Promise.all(signed));
  }
  const random = createRandom(`crowd ${seed}`);
  return {
    call: (role) => ({
      kind: role,
      headers: { authorization: `Bearer ${random.pick(tokens.get(role) ?? [''])}` },
      body: JSON.stringify({ query: ONE, variables: { n: random.pick(world.truth.patients) } }),
    }),
  };
}

/** Whether an answer is whole: nothing is missing from it. */
export const isWhole = ({ status, text }: Pick<Received, 'status' | 'text'>): boolean =>
  status === 200 && text.includes('"completeness":"COMPLETE"');

/** Enough at once that the gateway is never without work, and not so many that it refuses any. */
const AT_ONCE = 32;

/** The most whole answers a second that the gateway gives, asked by so many at once that each waits for its answer (a closed loop). */
export async function peakGoodput(world: World, seconds: number, call: () => Call): Promise<number> {
  const { origin } = new URL(world.gateway.url);
  const agent = new Agent({ connections: AT_ONCE, pipelining: 1 });
  const askUntil = async (end: number): Promise<number> => {
    let good = 0;
    while (performance.now() < end) {
      const { body, headers } = call();
      if (isWhole(await exchange(agent, origin, body, headers))) good++;
      // It was refused, or worse: whoever asked again at once would only be in the way.
      else await sleep(50);
    }
    return good;
  };
  const together = async (ms: number, atOnce: number): Promise<number> => {
    const end = performance.now() + ms;
    const counts = await Promise.all(Array.from({ length: atOnce }, () => askUntil(end)));
    return counts.reduce((sum, count) => sum + count, 0) / (ms / 1_000);
  };
  // One by one at first: before anything is compiled or planned, many at once would not be answered in time.
  await together(1_000, 1);
  await together(2_000, AT_ONCE);
  const peak = await together(seconds * 1_000, AT_ONCE);
  await agent.destroy();
  return peak;
}
