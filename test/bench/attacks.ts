import { hashOf } from '@caregraph/gateway/limits/registered.ts';
import { schemaFile } from '@caregraph/schema/contract.ts';
import { type Attacks, INVALID, TOO_LARGE, WITHIN } from '../gateway/limits/attacks.ts';
import { startGateway } from '../support/gateway.ts';
import { accessAnswer, code, standIn, trustAnswer } from './stand-ins.ts';

/**
 * `node test/bench/attacks.ts`: what one hostile request costs, from its first byte to the end of its answer, beside what the
 * ready query `crisis` costs when it was never sent before, and when it was. Each is sent alone, and is never quite the one
 * before, so that nothing that was kept answers it. The client, the locator and the trusts are in the same process, and are
 * measured with it.
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

const FIRST = 'crisis, for the first time';
const crisis = schemaFile('operations/crisis.graphql');
const crisisBody = (text: string): string =>
  JSON.stringify({ query: text, variables: { nhsNumber: PATIENT.nhsNumber } });
const yardsticks: Attacks = {
  // It stands first: the others are held against it.
  [FIRST]: (n) => crisisBody(`${crisis}# ${'x'.repeat(n)}`),
  'crisis, by its hash': () =>
    JSON.stringify({ documentId: `sha256:${hashOf(crisis)}`, variables: { nhsNumber: PATIENT.nhsNumber } }),
  'crisis, as it was sent before': () => crisisBody(crisis),
};

let sent = 0;
for (let i = 0; i < WARM_UP; i++) for (const make of Object.values(yardsticks)) await measure(make);

const groups: Readonly<Record<string, Attacks>> = {
  yardsticks,
  'too large: refused': TOO_LARGE,
  'within the limits: refused as invalid': INVALID,
  'within the limits: planned': WITHIN,
};
const medianOf = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[(TIMES - 1) / 2] ?? Number.NaN;
const column = (value: number, digits: number): string => value.toFixed(digits).padStart(8);

let yardstick = Number.NaN;
process.stdout.write(
  `ms, medians of ${TIMES}: by the clock, and of the processor; the latter as a ratio to crisis for the first time\n`,
);
for (const [group, attacks] of Object.entries(groups)) {
  process.stdout.write(`\n${group}\n`);
  for (const [name, make] of Object.entries(attacks)) {
    const measured: Measured[] = [];
    for (let i = 0; i < TIMES; i++) measured.push(await measure(make));
    const used = medianOf(measured.map(({ processorMs }) => processorMs));
    if (name === FIRST) yardstick = used;
    const columns = [column(medianOf(measured.map(({ ms }) => ms)), 1), column(used, 1), column(used / yardstick, 2)];
    process.stdout.write(`${name.padEnd(50)}${columns.join('')}  ${measured[0]?.said}\n`);
  }
}
await gateway.stop();
await Promise.all([locator, access, ...servers].map((server) => server.stop()));

interface Measured {
  readonly ms: number;
  /** What this process used of the processor, be it shared with whatever else there is. */
  readonly processorMs: number;
  /** The status and codes of the answer. */
  readonly said: string;
}

async function measure(make: (n: number) => string): Promise<Measured> {
  sent += 1;
  const body = make(sent);
  const before = process.cpuUsage();
  const start = performance.now();
  const { status, data, errors } = await gateway.post(body);
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  const codes = new Set(
    errors.map(({ extensions }) => [extensions?.code, extensions?.limit].filter(Boolean).join(' ')),
  );
  const said = [status, data ? 'data' : '', [...codes].slice(0, 3).join(', ')].filter(Boolean).join(' ');
  return { ms, processorMs: (user + system) / 1_000, said };
}
