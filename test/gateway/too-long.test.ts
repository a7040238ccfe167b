import { describe, expect, test } from 'vitest';
import { nhsNumbers } from '../support/nhs-numbers.ts';
import { alert } from '../support/records.ts';
import { type World, world } from './world.ts';

const numbers = nhsNumbers(16);
const [first] = numbers as [string];

const CASELOAD = 'query ($ns: [NHSNumber!]!) { patients(nhsNumbers: $ns) { nhsNumber completeness alerts { id } } }';

/** A trust with an alert of each patient, so long that all together are more than is read of one answer (5 MiB). */
const trust = (bytes: (i: number) => number): Promise<World<'RXT'>> =>
  world(
    {
      RXT: {
        alerts: Object.fromEntries(numbers.map((n, i) => [n, [alert(`${i}`, { text: 'x'.repeat(bytes(i)) })]])),
      },
    },
    Object.fromEntries(numbers.map((n) => [n, ['RXT']])),
  );

const askWithText = (w: World<'RXT'>) =>
  w.gateway.ask(CASELOAD.replace('alerts { id }', 'alerts { id text }'), { ns: numbers });

/** About how many patients a request asks. */
const patientsIn = (variables: Readonly<Record<string, unknown>>): number =>
  JSON.stringify(variables).split('"__typename"').length - 1;

describe('a caseload of which a trust holds more than is read of one answer', () => {
  test('is asked for in eighths, and comes whole', async () => {
    await using w = await trust(() => 400_000);
    const { data, errors } = await askWithText(w);
    expect(errors).toEqual([]);
    expect(
      data.patients.map((each: { alerts: object[]; completeness: string }) => [each.completeness, each.alerts.length]),
    ).toEqual(numbers.map(() => ['COMPLETE', 1]));
    expect(w.trusts.RXT.received.map(({ variables }) => patientsIn(variables))).toEqual([16, ...Array(8).fill(2)]);
  });

  test('costs those alone of whom there is too much all the same, and says so', async () => {
    await using w = await trust((i) => (i === 5 ? 6_000_000 : 10));
    const { data, errors } = await askWithText(w);
    const lost = data.patients.flatMap(({ alerts }: { alerts: object[] | null }, i: number) => (alerts ? [] : [i]));
    // Two patients to a part: the one, and who was asked about with them.
    expect(lost).toEqual([4, 5]);
    expect(errors.map(({ path, extensions }) => [path?.[1], extensions?.code, extensions?.custodian])).toEqual([
      [4, 'INVALID', 'RXT'],
      [5, 'INVALID', 'RXT'],
    ]);
  });

  test('is asked for nine times at the most, whatever a trust answers', async () => {
    await using w = await trust(() => 10);
    w.trusts.RXT.tamper = () => `"${'x'.repeat(6_000_000)}"`;
    const { data } = await askWithText(w);
    expect(data.patients.every(({ alerts }: { alerts: object[] | null }) => alerts === null)).toBe(true);
    expect(w.trusts.RXT.received.length).toBeLessThanOrEqual(9);
    w.trusts.RXT.received.length = 0;
    await w.gateway.ask('query ($n: NHSNumber!) { patient(nhsNumber: $n) { alerts { text } } }', { n: first });
    expect(w.trusts.RXT.received.length).toBeLessThanOrEqual(1);
  });
});
