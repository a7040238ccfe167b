import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nhsNumbers } from '../support/nhs-numbers.ts';
import { alert, careContact, contact, plan } from '../support/records.ts';
import { type World, world } from './world.ts';

/*
 * The planner adds keys, and what a subgraph requires, to what a client selects, under the names of the fields. An alias may have
 * any of these names (GraphQL specification, Field Alias), and must hold what was asked for, as any other alias does.
 */

const [ANN, BOB] = nhsNumbers(2) as [string, string];

let w: World<'RW5' | 'TAJ'>;
beforeAll(async () => {
  const met = careContact('1', new Date(Date.now() - 86_400_000).toISOString(), {
    attendStatus: 'ATTENDED_ON_TIME',
    planned: false,
  });
  w = await world(
    {
      RW5: { crisisPlans: { [ANN]: [plan('1')] }, careContacts: { [ANN]: [met] } },
      TAJ: { contacts: { [ANN]: [contact('1')] }, alerts: { [ANN]: [alert('1')] }, careContacts: { [ANN]: [met] } },
    },
    { [ANN]: ['RW5', 'TAJ'], [BOB]: ['RW5', 'TAJ'] },
  );
  w.locator.pointers[ANN] = [
    {
      id: 'RW5-1',
      status: 'CURRENT',
      created: '2026-01-02T00:00:00Z',
      type: { system: null, code: '1', display: 'Crisis plan' },
      custodian: { __typename: 'Organisation', odsCode: 'RW5' },
    },
  ];
});
afterAll(() => w[Symbol.asyncDispose]());

const ask = (selected: string) =>
  w.gateway.ask(`query ($n: NHSNumber!) { patient(nhsNumber: $n) ${selected} }`, { n: ANN });

/** What is asked under aliases that are called like fields. */
const CLASHES: readonly string[] = [
  '{ nhsNumber: warningsStatus attention crisisPlans { id } }',
  '{ attention pointers { id: created } }',
  '{ attention pointers { id: created custodian: status } }',
  '{ attention pointers { custodian { odsCode: name name: kind } } }',
  '{ pointers: nhsNumber warningsStatus }',
  '{ custodians: nhsNumber contacts { id } }',
  '{ custodians: pointers { id } alerts { id } }',
  '{ careContactHistory: crisisPlans { id } historyLocated: nhsNumber historySources: nhsNumber warnings { rule status } }',
  '{ crisisPlans: alerts { id } alerts: crisisPlans { id } }',
  '{ ... on Patient { contacts { id: name custodian { odsCode: name } } } warnings { rule: status } }',
];

describe('an alias that is called like another field', () => {
  test.each(CLASHES)('gets what was asked: %s', async (clashing) => {
    const [given, expected] = await Promise.all([ask(clashing), ask(clashing.replaceAll(/(\w+):/g, 'free_$1:'))]);
    expect(expected.errors).toEqual([]);
    expect(given).toEqual(JSON.parse(JSON.stringify(expected).replaceAll('"free_', '"')));
  });

  test('stands in the path of an error, as it was asked', async () => {
    await w.trusts.TAJ.stop();
    const { data, errors } = await ask('{ alerts: contacts { id } pointers: nhsNumber warningsStatus }');
    expect(data.patient).toMatchObject({ alerts: [], pointers: ANN });
    expect(errors).toEqual([expect.objectContaining({ path: ['patient', 'alerts'] })]);
  });

  test('orders a caseload', async () => {
    const query = `query ($n: [NHSNumber!]!) {
      sources: patients(nhsNumbers: $n, orderBy: ATTENTION) { nhsNumber: attention attention: nhsNumber } }`;
    const { data, errors } = await w.gateway.ask(query, { n: [BOB, ANN] });
    expect(errors).toEqual([]);
    expect(data.sources.map(({ attention }: { attention: string }) => attention)).toEqual([ANN, BOB]);
  });

  test('may be called like what every object has', async () => {
    const { data, errors } = await ask('{ __proto__: nhsNumber nhsNumber: warningsStatus constructor: nhsNumber }');
    expect(errors).toEqual([]);
    expect(Object.entries(data.patient)).toEqual([
      ['__proto__', ANN],
      ['nhsNumber', expect.any(String)],
      ['constructor', ANN],
    ]);
  });
});
