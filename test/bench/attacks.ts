import { hashOf } from '@caregraph/gateway/limits/registered.ts';
import { schemaFile } from '@caregraph/schema/contract.ts';
import { type Attacks, INVALID, TOO_LARGE, WITHIN } from '../gateway/limits/attacks.ts';
import { startGateway } from '../support/gateway.ts';
import { accessAnswer, code, standIn, trustAnswer } from './stand-ins.ts';

/**
 * `node test/bench/attacks.ts`: what one hostile request costs, from its first byte to the end of its answer, beside what the
 * ready query `crisis` costs when it was never sent before, and when it was. Each is sent alone, and is never quite the one
 * before, so that nothing that was kept answers it. The client is in the same process, and is measured with it.
 */

const TIMES = 7;
const WARM_UP = 40;

const custodians = [code(0), code(1), code(2)];
const PATIENT = { __typename: 'Patient', nhsNumber: '9990100012', gatherKey: '9990100012', custodians };
const locator = await standIn<{ query: string }>(({ query }) => ({
  data: Object.fromEntries([...query.matchAll(/(\w+)(?:: *\w+)?\(nhsNumber/g)].map(([, key = '']) => [key, PATIENT])),
}));
const access = await standIn(accessAnswer);
const servers = await Promise.all(custodians.map(() => standIn(trustAnswer)));
const gateway = await startGateway({
  locator,
  trusts: servers.map(({ url }, i) => ({ odsCode: code(i), name: `Trust ${i}`, url })),
  sandbox: { document: '', variables: {}, token: async () => '' },
});

const crisis = schemaFile('operations/crisis.graphql');
const crisisBody = (text: string): string =>
  JSON.stringify({ query: text, variables: { nhsNumber: PATIENT.nhsNumber } });
const yardsticks: Attacks = {
  'crisis, by its hash': () =>
    JSON.stringify({ documentId: `sha256:${hashOf(crisis)}`, variables: { nhsNumber: PATIENT.nhsNumber } }),
  'crisis, as it was sent before': () => crisisBody(crisis),
  'crisis, for the first time': (n) => crisisBody(`${crisis}# ${'x'.repeat(n)}`),
};

let sent = 0;
for (let i = 0; i < WARM_UP; i++) for (const make of Object.values(yardsticks)) await measure(make);

const groups: Readonly<Record<string, Attacks>> = {
  yardsticks,
  'too large: refused': TOO_LARGE,
  'within the limits: refused as invalid': INVALID,
  'within the limits: planned': WITHIN,
};
let yardstick = Number.NaN;
process.stdout.write(
  `ms: the median and the longest of ${TIMES}, and the median as a ratio to crisis, for the first time\n`,
);
for (const [group, attacks] of Object.entries(groups)) {
  process.stdout.write(`\n${group}\n`);
  for (const [name, make] of Object.entries(attacks)) {
    const taken: number[] = [];
    let says = '';
    for (let i = 0; i < TIMES; i++) {
      const { ms, said } = await measure(make);
      taken.push(ms);
      says = said;
    }
    taken.sort((a, b) => a - b);
    const median = taken[(TIMES - 1) / 2] ?? Number.NaN;
    if (name === 'crisis, for the first time') yardstick = median;
    const columns = [median.toFixed(1).padStart(8), (taken.at(-1) ?? 0).toFixed(1).padStart(8)];
    process.stdout.write(
      `${name.padEnd(50)}${columns.join('')}${(median / yardstick).toFixed(2).padStart(8)}  ${says}\n`,
    );
  }
}
await gateway.stop();
await Promise.all([locator, access, ...servers].map((server) => server.stop()));

async function measure(make: (n: number) => string): Promise<{ ms: number; said: string }> {
  sent += 1;
  const body = make(sent);
  const start = performance.now();
  const { status, data, errors } = await gateway.post(body);
  const ms = performance.now() - start;
  const codes = new Set(
    errors.map(({ extensions }) => [extensions?.code, extensions?.limit].filter(Boolean).join(' ')),
  );
  return { ms, said: [status, data ? 'data' : '', [...codes].slice(0, 3).join(', ')].filter(Boolean).join(' ') };
}
