import { CONSORTIUM } from '@caregraph/demo/consortium.ts';
import type { PatientRecords } from '@caregraph/demo/population/patient-records.ts';
import { population } from '@caregraph/demo/population/population.ts';
import { ukDate } from '@caregraph/service/uk-time.ts';
import type { RecordTypes } from '@caregraph/trust/source.ts';
import { world } from '../gateway/world.ts';
import type { Holdings } from '../subgraphs/trust/memory-source.ts';

/**
 * `node test/bench/warnings.ts`: what warnings cost beside the same query without them, for one patient and for a caseload of
 * 200, over the made-up population; how many requests that is to each, and how it grows with the records. Locator, trusts, gateway and early-warning
 * subgraph share one process here, so that all their work counts.
 */

const ROUNDS = 15;
const people = new Map<string, Map<string, PatientRecords>>();
for (const [odsCode, records] of population({ seed: 'bench', today: ukDate(new Date()), size: 900 })) {
  for (const each of records) {
    people.set(each.nhsNumber, (people.get(each.nhsNumber) ?? new Map()).set(odsCode, each));
  }
}
const caseload = [...people.keys()].slice(0, 200);
const [patient] = caseload;

/** What a trust holds of those of the caseload; its care contacts so many times over. */
function holdings(odsCode: string, times: number): Holdings {
  const of = <Type extends keyof RecordTypes>(
    records: (each: PatientRecords) => readonly RecordTypes[Type][],
  ): Record<string, readonly RecordTypes[Type][]> =>
    Object.fromEntries(
      caseload.flatMap((n) => {
        const each = people.get(n)?.get(odsCode);
        return each ? [[n, records(each)]] : [];
      }),
    );
  return {
    demographics: of<'demographics'>(({ demographics }) => [demographics]),
    crisisPlans: of<'crisisPlans'>(({ crisisPlans }) => crisisPlans),
    alerts: of<'alerts'>(({ alerts }) => alerts),
    careContacts: of<'careContacts'>(({ careContacts }) =>
      Array.from({ length: times }, (_, n) => careContacts.map((each) => ({ ...each, id: `${n}-${each.id}` }))).flat(),
    ),
    hospitalSpells: of<'hospitalSpells'>(({ hospitalSpells }) => hospitalSpells),
    legalStatuses: of<'legalStatuses'>(({ legalStatuses }) => legalStatuses),
    referrals: of<'referrals'>(({ referrals }) => referrals),
  };
}

const RECORDS =
  'nhsNumber completeness sources { custodian { odsCode } status } crisisPlans { id title } alerts { id text } careContacts(first: 5) { id start }';
const WARNINGS = 'warningsStatus attention warnings { rule status text missing events { id } }';
const QUERIES = {
  one: (more: string) => `query ($n: NHSNumber!) { patient(nhsNumber: $n) { ${RECORDS} ${more} } }`,
  caseload: (more: string) =>
    `query ($ns: [NHSNumber!]!) { patients(nhsNumbers: $ns ${more && ', orderBy: ATTENTION'}) { ${RECORDS} ${more} } }`,
};

for (const times of [1, 5]) {
  const codes = CONSORTIUM.map(({ odsCode }) => odsCode);
  const held = Object.fromEntries(codes.map((odsCode) => [odsCode, holdings(odsCode, times)]));
  await using w = await world(
    held,
    Object.fromEntries(caseload.map((n) => [n, [...(people.get(n)?.keys() ?? [])].sort()])),
  );
  const contacts = codes.flatMap((odsCode) => Object.values(held[odsCode]?.careContacts ?? {})).flat().length;
  process.stdout.write(`${caseload.length} patients, ${(contacts / caseload.length).toFixed(0)} care contacts each\n`);
  for (const [name, query] of Object.entries(QUERIES)) {
    const variables = name === 'one' ? { n: patient } : { ns: caseload };
    const ms = new Map<string, number[]>(['', WARNINGS].map((more) => [more, []]));
    for (let round = 0; round < ROUNDS + 2; round++) {
      for (const [more, taken] of ms) {
        const begun = performance.now();
        const { errors } = await w.gateway.ask(query(more), variables);
        if (errors[0]) throw new Error(errors[0].message);
        if (round >= 2) taken.push(performance.now() - begun);
      }
    }
    const requests = (): number[] => [
      w.earlyWarning.received.length,
      codes.reduce((sum, odsCode) => sum + (w.trusts[odsCode]?.received.length ?? 0), 0),
    ];
    const counts = [];
    for (const more of ms.keys()) {
      const before = requests();
      await w.gateway.ask(query(more), variables);
      counts.push(requests().map((count, i) => count - (before[i] ?? 0)));
    }
    const [without = 0, warned = 0] = [...ms.values()].map(median);
    const [plain, more] = counts;
    process.stdout.write(
      `  ${name.padEnd(9)} ${(warned / without).toFixed(2)} × as long with warnings (${without.toFixed(0)} and ${warned.toFixed(0)} ms here); requests to trusts ${plain?.[1]} and ${more?.[1]}, to early warning ${plain?.[0]} and ${more?.[0]}\n`,
    );
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
