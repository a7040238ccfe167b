import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { nhsNumbers } from '../support/nhs-numbers.ts';
import { alert, plan } from '../support/records.ts';
import { startSubgraph, type TestSubgraph } from '../support/subgraph.ts';
import { type World, world } from './world.ts';

const [ANN = ''] = nhsNumbers(1);

describe('what a fragment on an interface asks of one type', () => {
  let w: World<'RW5'>;
  beforeAll(async () => {
    w = await world(
      { RW5: { crisisPlans: { [ANN]: [plan('1')] }, alerts: { [ANN]: [alert('1')] } } },
      { [ANN]: ['RW5'] },
    );
  });
  afterAll(() => w[Symbol.asyncDispose]());

  const ask = async (selected: string, rest = '') => {
    const { data, errors } = await w.gateway.ask(
      `query ($n: NHSNumber!) { patient(nhsNumber: $n) { ${selected} } } ${rest}`,
      { n: ANN },
    );
    expect(errors).toEqual([]);
    return data.patient;
  };

  test('is there, and what it asks of another is not', async () => {
    const fragment = '... on Record { id ... on CrisisPlan { status } ... on Alert { text } }';
    expect(await ask(`crisisPlans { title ${fragment} } alerts { ${fragment} }`)).toEqual({
      crisisPlans: [{ title: 'Plan 1', id: 'RW5:1', status: 'ACTIVE' }],
      alerts: [{ id: 'RW5:1', text: 'Alert 1' }],
    });
  });

  test('is there through named fragments, and under conditions', async () => {
    const rest =
      'fragment r on Record { ...p @include(if: true) } fragment p on CrisisPlan { title ... on Record { ... on CrisisPlan { status } } }';
    expect(await ask('crisisPlans { ... on CrisisPlan { ... on Record { ...r } } }', rest)).toEqual({
      crisisPlans: [{ title: 'Plan 1', status: 'ACTIVE' }],
    });
  });

  test.each([
    '{ __typename: organisations { odsCode } }',
    `{ patient(nhsNumber: "${ANN}") { __typename: nhsNumber } }`,
    `{ patient(nhsNumber: "${ANN}") { ...r } } fragment r on Patient { alerts { __typename: id } }`,
  ])('could not be told where a field is called "__typename", which is refused: %s', async (query) => {
    const { status, data, errors, text } = await w.gateway.ask(query);
    expect({ status, data }).toEqual({ status: 400, data: undefined });
    expect(errors).toEqual([
      {
        message: 'Call no other field "__typename": the gateway tells by it which type an object has.',
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
      },
    ]);
    expect(text).not.toContain(ANN);
  });

  test('and "__typename" may be called so, or anything else', async () => {
    expect(await ask('__typename type: __typename alerts { __typename: __typename }')).toEqual({
      __typename: 'Patient',
      type: 'Patient',
      alerts: [{ __typename: 'Alert' }],
    });
  });
});

describe('an operation that the planner cannot plan', () => {
  let subgraphs: readonly TestSubgraph[];
  let gateway: TestGateway;
  beforeAll(async () => {
    subgraphs = await Promise.all([
      startSubgraph(
        'a',
        'type Query { half(of: Float): Float thing: Thing one: A } interface Thing { n: Int } type A implements Thing { n: Int m: Int }',
        {
          Query: {
            half: (_: unknown, { of }: { of: number }) => of / 2,
            thing: () => ({ __typename: 'A', n: 1 }),
            one: () => ({ n: 1, m: 2 }),
          },
        },
      ),
      startSubgraph('b', 'type Query { other: Int }', { Query: { other: () => 1 } }),
    ]);
    const services = subgraphs.map(({ name, url, typeDefs }) => ({ name, url, typeDefs: parse(typeDefs) }));
    const { supergraphSdl = '' } = composeServices(services);
    gateway = await startGateway({ supergraphSdl });
  });
  afterAll(async () => {
    await gateway.stop();
    await Promise.all(subgraphs.map((subgraph) => subgraph.stop()));
  });

  test('is refused as one, not told of as a fault; nothing of it is repeated', async () => {
    const { status, data, errors } = await gateway.ask('{ half(of: 1e999) other }');
    expect({ status, data }).toEqual({ status: 400, data: undefined });
    expect(errors).toEqual([
      {
        message:
          'This operation cannot be planned. Write it in another way: with variables in place of values, and with fewer fragments.',
        extensions: { code: 'CANNOT_BE_PLANNED' },
      },
    ]);
    const logged = gateway.logged.map((line) => JSON.parse(line)).filter(({ level }) => level >= 40);
    expect(logged).toEqual([expect.objectContaining({ level: 40, msg: 'an operation could not be planned' })]);
  });

  test('is not one that narrows an object through its interface: nothing is left out', async () => {
    const { data } = await gateway.ask('{ one { ... on Thing { n ... on A { m } } } }');
    expect(data).toEqual({ one: { n: 1, m: 2 } });
  });

  test('does not keep others from being answered', async () => {
    expect((await gateway.ask('{ half(of: 3) other thing { n } }')).data).toEqual({
      half: 1.5,
      other: 1,
      thing: { n: 1 },
    });
  });
});
