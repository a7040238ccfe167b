import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';
import { nhsNumbers } from '../support/nhs-numbers.ts';
import { accessAnswer, code, HOLDERS, holdersOf, RECORDS, standIn, TRUSTS, trustAnswer } from './stand-ins.ts';

/**
 * `npm run bench`: what the gateway costs over bare Node, and what it costs to call trusts with tokens, to ask for broken
 * glass and to put every look on record before it is answered: ratios of requests a second, side by side in one run.
 */

const CONNECTIONS = 16;
const ROUND_MS = 4_000;
const ROUNDS = 3;
const PATIENTS = nhsNumbers(500);
const QUERY = `query($n: NHSNumber!) { patient(nhsNumber: $n) {
  crisisPlans { id title whatHelps custodian { odsCode name } }
  contacts { id name custodian { odsCode name } }
  alerts { id text custodian { odsCode name } }
  sources { custodian { odsCode } status } completeness } }`;

const locator = await standIn<{ variables: Record<string, unknown> }>(({ variables }) => {
  const [nhsNumber = ''] = Object.values(variables) as string[];
  return {
    data: { patient: { __typename: 'Patient', nhsNumber, gatherKey: nhsNumber, custodians: holdersOf(nhsNumber) } },
  };
});
const access = await standIn(accessAnswer);
const servers = await Promise.all(Array.from({ length: TRUSTS }, () => standIn(trustAnswer)));
const trusts = servers.map(({ url }, n) => ({ odsCode: code(n), name: `Trust ${code(n)}`, url }));

const subjects = await Promise.all((['bare', 'unrecorded', 'gateway'] as const).map(start));
const rates = new Map<string, number[]>(subjects.map(({ kind }) => [kind, []]));
// One by one at first: sixteen at once, before anything is compiled or planned, would not be answered in time.
for (const subject of subjects) await load(subject, 500, 1);
for (const subject of subjects) await load(subject, 1_500);
for (let round = 0; round < ROUNDS; round++) {
  for (const subject of subjects) rates.get(subject.kind)?.push(await load(subject, ROUND_MS));
}
for (const { child } of subjects) child.disconnect();
await Promise.all([locator, access, ...servers].map((server) => server.stop()));

const median = (values: readonly number[] = []): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const [bare, unrecorded, gateway] = subjects.map(({ kind }) => median(rates.get(kind)));
const line = (what: string, rate = 0): string => `${what.padEnd(52)} ${rate.toFixed(0)} requests/s`;
const ratio = (what: string, [rate = 0, of = 0]: readonly (number | undefined)[]): string =>
  `${what.padEnd(52)} ${(rate / of).toFixed(2)}`;
process.stdout.write(
  `${TRUSTS} trusts, ${HOLDERS} hold each patient, ${RECORDS} records each; ${CONNECTIONS} connections; medians of ${ROUNDS} rounds, side by side
${line('bare Node, the same calls to trusts and locator', bare)}
${line('the gateway, without audit, onward tokens and glass', unrecorded)}
${line('the gateway', gateway)}
${ratio('the gateway to bare Node', [gateway, bare])}
${ratio('the gateway to itself without those three', [gateway, unrecorded])}
`,
);

async function start(kind: 'bare' | 'unrecorded' | 'gateway') {
  const argument = JSON.stringify({ kind, locator: locator.url, access: access.url, trusts });
  const child = fork(fileURLToPath(new URL('subject.ts', import.meta.url)), [argument], { stdio: 'inherit' });
  const [{ url, token }] = (await once(child, 'message')) as [{ url: string; token: string }];
  return { kind, child, url, token };
}

/** Asks for one patient after another on each connection; returns requests a second. Any answer but a whole one ends it. */
async function load(
  { kind, url, token }: { kind: string; url: string; token: string },
  ms: number,
  connections = CONNECTIONS,
): Promise<number> {
  const pool = new Pool(new URL(url).origin, { connections });
  const end = performance.now() + ms;
  let asked = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < end) {
        const n = PATIENTS[asked++ % PATIENTS.length];
        const { statusCode, body } = await pool.request({
          path: '/graphql',
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
          body: JSON.stringify({ query: QUERY, variables: { n } }),
        });
        const text = await body.text();
        if (statusCode !== 200 || text.includes('"errors"')) throw new Error(`${kind} answered ${statusCode}: ${text}`);
      }
    }),
  );
  await pool.close();
  return asked / (ms / 1_000);
}
