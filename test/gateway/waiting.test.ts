import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nhsNumbers } from '../support/nhs-numbers.ts';
import { plan } from '../support/records.ts';
import { agreement, inForce, term } from './agreements.ts';
import { type World, world } from './world.ts';

const [ANN] = nhsNumbers(1) as [string];
const DEADLINE_MS = 400;
const QUERY = '{ crisisPlans { id } }';

describe('what a request waits for', () => {
  let recorded: () => Promise<void> = async () => {};
  let glassAsked = 0;
  let now: World<'RW5'>;
  beforeAll(async () => {
    now = await world(
      { RW5: { crisisPlans: { [ANN]: [plan('1')] } } },
      { [ANN]: ['RW5'] },
      {
        deadlineMs: DEADLINE_MS,
        agreements: inForce(
          agreement(['RW5'], term({ recordTypes: new Set(['crisisPlans']) }), term({ emergency: true })),
        ),
        audit: {
          record: () => recorded(),
          ready: async () => ({ writing: 'journal', unshipped: 0 }),
          close: async () => {},
        },
        glass: {
          grants: async () => {
            glassAsked++;
            return null;
          },
        },
      },
    );
  });
  afterAll(() => now[Symbol.asyncDispose]());

  test('an audit that never says that it has written gets one second more than the deadline, and then nothing is shown', async () => {
    recorded = () => new Promise(() => {});
    const started = performance.now();
    const answer = await now.gateway.ask(`query($n: NHSNumber!) { patient(nhsNumber: $n) ${QUERY} }`, { n: ANN });
    const waited = performance.now() - started;
    recorded = async () => {};
    expect(answer.status).toBe(503);
    expect(answer.data ?? null).toBeNull();
    expect(answer.errors.map(({ extensions }) => extensions?.code)).toEqual(['AUDIT_UNAVAILABLE']);
    expect(waited).toBeGreaterThan(DEADLINE_MS);
    expect(waited).toBeLessThan(DEADLINE_MS + 3_000);
  });

  test('nobody asks for broken glass where it can make no difference', async () => {
    glassAsked = 0;
    await now.gateway.ask(`query($n: NHSNumber!) { patient(nhsNumber: $n) { nhsNumber __typename } }`, { n: ANN });
    await now.gateway.ask(
      `mutation($n: NHSNumber!) { breakGlass(nhsNumber: $n, reason: "${'He was found on the bridge, alone'}") { id } }`,
      { n: ANN },
    );
    expect(glassAsked).toBe(0);
    const answer = await now.gateway.ask(`query($n: NHSNumber!) { patient(nhsNumber: $n) ${QUERY} }`, { n: ANN });
    expect(glassAsked).toBe(1);
    expect(answer.errors.map(({ extensions }) => extensions?.code)).toContain('BREAK_GLASS_UNAVAILABLE');
  });
});
