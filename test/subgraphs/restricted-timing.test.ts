import { Agent, request } from 'node:http';
import { createLog } from '@caregraph/service/log.ts';
import { createOnwardGuard } from '@caregraph/service/onward.ts';
import { serveTrust } from '@caregraph/trust/serve-trust.ts';
import { describe, expect, test } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { startLocator } from '../support/index-of.ts';
import { createTestSigner, PARAMEDIC } from '../support/onward.ts';
import { type Restricting, restrictingFHIR, restrictingSQL, STRANGERS } from './restricted-records.ts';

/*
 * Whether the time that an answer takes tells a restricted patient from one who is not known. Three calls make a round, in an
 * order by chance: about the restricted patient, and about two strangers. What lies between restricted and stranger is held
 * against what lies between stranger and stranger, which is nothing but noise.
 */

const ROUNDS = 1_000;
const WARMING_UP = 50;
const WITHIN_MS = 600_000;

/** So rarely does chance alone look like a difference. */
const SIGNIFICANCE = 1e-6;

/** A difference that nobody could use: of a spread of the noise, so much. */
const NEGLIGIBLE = 0.2;

const [one, two] = STRANGERS as [string, string];

const RECORDS = 'demographics { id } crisisPlans { id }';
const ENTITIES = `query Gather($of: [_Any!]!) { _entities(representations: $of) { ... on Patient { nhsNumber ${RECORDS} } } }`;
const LOOK = `query Look($n: NHSNumber!) { patient(nhsNumber: $n) { ${RECORDS} sources { status } completeness } }`;

/** Differences in milliseconds, a pair of calls each. */
interface Differences {
  readonly restricted: readonly number[];
  readonly noise: readonly number[];
}

/** Measures with a call that resolves when the answer is there, to its last byte. */
async function measure(restricted: string, call: (nhsNumber: string) => Promise<void>): Promise<Differences> {
  const differences = { restricted: [] as number[], noise: [] as number[] };
  const chance = randomNumbers(20_260_311);
  for (let round = -WARMING_UP; round < ROUNDS; round++) {
    const took = new Map<string, number>();
    const order = [restricted, one, two].map((number) => ({ number, place: chance() }));
    for (const { number } of order.sort((a, b) => a.place - b.place)) {
      const began = performance.now();
      await call(number);
      took.set(number, performance.now() - began);
    }
    if (round < 0) continue;
    const of = (number: string): number => took.get(number) ?? Number.NaN;
    differences.restricted.push(of(restricted) - of(one));
    differences.noise.push(of(two) - of(one));
  }
  return differences;
}

/** Numbers from 0 up to 1, the same every time (Park and Miller's generator). */
function randomNumbers(seed: number): () => number {
  let state = seed % 2_147_483_647;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** The two-sided p-value of Wilcoxon's signed-rank test, by its normal approximation: that differences lie around 0. */
function signedRankP(differences: readonly number[]): number {
  const ranked = differences.filter((each) => each !== 0).toSorted((a, b) => Math.abs(a) - Math.abs(b));
  const n = ranked.length;
  const positive = ranked.reduce((sum, each, i) => sum + (each > 0 ? i + 1 : 0), 0);
  const mean = (n * (n + 1)) / 4;
  const deviation = Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24);
  return tail(Math.abs(positive - mean) / deviation);
}

/** Both tails of the normal distribution beyond z (Abramowitz and Stegun 7.1.26, good to 1.5e-7 and better far out). */
function tail(z: number): number {
  const x = z / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return series * Math.exp(-x * x);
}

const quantile = (sorted: readonly number[], q: number): number => sorted[Math.floor(q * (sorted.length - 1))] ?? 0;
const byNumber = (a: number, b: number): number => a - b;

/** What a difference comes to: how unlikely it is by chance, and its size in spreads (interquartile ranges) of the noise. */
function judge({ restricted, noise }: Differences): { p: number; effect: number } {
  const quiet = noise.toSorted(byNumber);
  const spread = quantile(quiet, 0.75) - quantile(quiet, 0.25);
  return { p: signedRankP(restricted), effect: Math.abs(quantile(restricted.toSorted(byNumber), 0.5)) / spread };
}

function expectNoDifference(differences: Differences): void {
  const { p, effect } = judge(differences);
  expect({ p, effect, tells: p < SIGNIFICANCE || effect > NEGLIGIBLE }).toEqual({ p, effect, tells: false });
  // Had there been half a spread between them, it would have been seen.
  const quiet = differences.noise.toSorted(byNumber);
  const half = (quantile(quiet, 0.75) - quantile(quiet, 0.25)) / 2;
  const shifted = judge({ ...differences, restricted: differences.restricted.map((each) => each + half) });
  expect(shifted.p).toBeLessThan(SIGNIFICANCE);
  expect(shifted.effect).toBeGreaterThan(NEGLIGIBLE);
}

/** Posts JSON over one connection that stays open; resolves when the whole answer is there. */
function poster(): { post(url: string, body: string | Buffer, authorization: string): Promise<void>; stop(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    post: (url, body, authorization) =>
      new Promise((resolve, reject) => {
        const sent = request(
          url,
          { method: 'POST', agent, headers: { 'content-type': 'application/json', authorization } },
          (response) => {
            if (response.statusCode !== 200) reject(new Error(`It answered with status ${response.statusCode}.`));
            response.resume().once('end', () => resolve());
          },
        );
        sent.once('error', reject);
        sent.end(body);
      }),
    stop: () => agent.destroy(),
  };
}

const quietly = (name: string) => createLog({ name, destination: { write: () => {} } });

/** A trust that answers the gateway of a signer. */
async function serving(odsCode: string, { source }: Restricting) {
  const signer = createTestSigner();
  const { issuer, keys } = signer;
  const served = await serveTrust({
    organisation: { odsCode, name: odsCode },
    source,
    log: quietly(odsCode),
    clock: () => new Date(),
    host: '127.0.0.1',
    port: 0,
    guard: createOnwardGuard({ issuer, audience: odsCode, keys, now: () => new Date() }),
    development: false,
  });
  return {
    url: `${served.url}/graphql`,
    signer,
    async stop() {
      await served.close();
      signer.close();
    },
  };
}

describe('the time of an answer', () => {
  test('is measured well enough to tell a difference from chance', () => {
    const chance = randomNumbers(7);
    const noise = Array.from({ length: ROUNDS }, () => chance() - chance());
    const same = Array.from({ length: ROUNDS }, () => chance() - chance());
    expect(judge({ restricted: same, noise }).p).toBeGreaterThan(0.001);
    expectNoDifference({ restricted: same, noise });
    expect(() => expectNoDifference({ restricted: same.map((each) => each + 0.15), noise })).toThrow();
    expect(tail(1.959964)).toBeCloseTo(0.05, 5);
    expect(tail(4.891638)).toBeCloseTo(1e-6, 8);
  });

  test.each([
    ['SQL', 'RW4', restrictingSQL],
    ['FHIR', 'RXA', restrictingFHIR],
  ] as const)(
    'of a trust does not tell whether it holds restricted records (%s)',
    async (_kind, odsCode, restricting) => {
      const trust = await restricting();
      const { url, signer, stop } = await serving(odsCode, trust);
      const { post, stop: hangUp } = poster();
      try {
        const differences = await measure(trust.restricted, async (nhsNumber) => {
          const of = [{ __typename: 'Patient', nhsNumber }];
          const body = Buffer.from(JSON.stringify({ query: ENTITIES, variables: { of } }));
          const authorization = await signer.authorize({ audience: odsCode, body, caller: PARAMEDIC });
          await post(url, body, authorization);
        });
        expectNoDifference(differences);
      } finally {
        hangUp();
        await stop();
        await trust.close();
      }
    },
    WITHIN_MS,
  );

  test(
    'of the gateway does not tell it, even where it asks the trust because the locator is lost',
    async () => {
      const trust = await restrictingSQL();
      const { url, signer, stop } = await serving('RW4', trust);
      const locator = await startLocator({});
      locator.answer = (response) => response.writeHead(500).end();
      const gateway = await startGateway({ locator, onward: signer, trusts: [{ odsCode: 'RW4', name: 'RW4', url }] });
      const { post, stop: hangUp } = poster();
      try {
        const differences = await measure(trust.restricted, (n) =>
          post(`${gateway.url}/graphql`, JSON.stringify({ query: LOOK, variables: { n } }), `Bearer ${gateway.token}`),
        );
        expectNoDifference(differences);
      } finally {
        hangUp();
        await gateway.stop();
        await locator.stop();
        await stop();
        await trust.close();
      }
    },
    WITHIN_MS,
  );
});
