import { isDeepStrictEqual } from 'node:util';
import { Supergraph } from '@apollo/federation-internals';
import { schemaFile } from '@caregraph/schema/contract.ts';
import fc from 'fast-check';
import {
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  getNullableType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
  Kind,
  parse,
  type SelectionSetNode,
  validate,
} from 'graphql';
import { collectFields } from 'graphql/execution/collectFields.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { demographics, hospitalSpell } from '../subgraphs/trust/records.ts';
import { nhsNumbers } from '../support/nhs-numbers.ts';
import { alert, careContact, contact, plan } from '../support/records.ts';
import { type World, world } from './world.ts';

/*
 * Apollo Gateway has left out fields of some valid operations without a word. Here random operations are asked about a patient with
 * records of every kind, and every answer must hold just the fields that graphql-js collects for it (GraphQL specification,
 * Field Collection), with the values that they have under aliases that nothing else is called by.
 */

const api = Supergraph.build(schemaFile('supergraph.graphql')).apiSchema().toGraphQLJSSchema();
const [ANN = ''] = nhsNumbers(1);

let w: World<'RW5'>;
beforeAll(async () => {
  const records = {
    demographics: { [ANN]: [demographics({ id: '1' })] },
    crisisPlans: { [ANN]: [plan('1'), plan('2')] },
    contacts: { [ANN]: [contact('1')] },
    alerts: { [ANN]: [alert('1')] },
    careContacts: { [ANN]: [careContact('1', '2026-01-01T00:00:00Z')] },
    hospitalSpells: { [ANN]: [hospitalSpell({ id: '1' })] },
  };
  w = await world({ RW5: records }, { [ANN]: ['RW5'] });
  w.locator.pointers[ANN] = [
    {
      id: 'RW5-1',
      status: 'CURRENT',
      created: '2026-01-02T00:00:00Z',
      lastUpdated: '2026-01-03T00:00:00Z',
      type: { system: null, code: '736253002', display: 'Mental health crisis plan' },
      category: { system: null, code: '734163000', display: 'Care plan' },
      custodian: { __typename: 'Organisation', odsCode: 'RW5' },
      content: [],
    },
  ];
});
afterAll(() => w[Symbol.asyncDispose]());

type Composite = GraphQLObjectType | GraphQLInterfaceType;
const isComposite = (type: GraphQLNamedType | undefined): type is Composite =>
  isObjectType(type) || isInterfaceType(type);

/** A random operation about a patient. */
function operation(pick: <Item>(from: readonly Item[]) => Item): string {
  const fragments = new Map<string, string>();
  const oneIn = (n: number): boolean => pick(Array.from({ length: n }, (_, i) => i)) === 0;
  const condition = (): string => (oneIn(6) ? `@${pick(['skip', 'include'])}(if: $${pick(['yes', 'no'])})` : '');
  /** The types on which a fragment may stand: the type itself, its interfaces, and, of an interface, those that have it. */
  const around = (type: Composite): readonly Composite[] => [
    type,
    ...(isInterfaceType(type) ? api.getPossibleTypes(type) : type.getInterfaces()),
  ];
  const spread = (type: Composite, depth: number): string => {
    const on = pick(around(type));
    const name = `${on.name}${pick([1, 2])}`;
    if (!fragments.has(name)) {
      // While it is written it is not there, so that no fragment spreads itself.
      fragments.set(name, '');
      fragments.set(name, `fragment ${name} on ${on.name} ${set(on, depth)}`);
    }
    return fragments.get(name) ? `...${name} ${condition()}` : '__typename';
  };
  const field = ({ name, type }: GraphQLField<unknown, unknown>, depth: number): string => {
    const inner = getNamedType(type);
    const alias = oneIn(4) ? `${pick(['a', 'b', 'id', 'name', 'type'])}${pick(['', '1'])}: ` : '';
    return `${alias}${name} ${condition()} ${isComposite(inner) ? set(inner, depth) : ''}`;
  };
  const set = (type: Composite, depth: number): string => {
    const selections = Array.from({ length: pick([1, 2, 3]) }, () => {
      const fields = Object.values(type.getFields()).filter(
        (each) => depth > 0 || !isComposite(getNamedType(each.type)),
      );
      if (depth > 0 && oneIn(3)) return spread(type, depth - 1);
      if (depth > 0 && oneIn(3)) {
        const on = pick(around(type));
        return `... on ${on.name} ${condition()} ${set(on, depth - 1)}`;
      }
      return fields.length === 0 || oneIn(12) ? '__typename' : field(pick(fields), depth - 1);
    });
    return `{ ${selections.join(' ')} }`;
  };
  const patient = api.getType('Patient');
  if (!isComposite(patient)) throw new Error('There are no patients.');
  const selected = set(patient, pick([3, 4, 5, 6]));
  const rest = [...fragments.values()].join('\n');
  const conditions = ['yes', 'no'].filter((name) => `${selected}${rest}`.includes(`$${name})`));
  const variables = ['$n: NHSNumber!', ...conditions.map((name) => `$${name}: Boolean! = ${name === 'yes'}`)];
  return `query (${variables.join(', ')}) { patient(nhsNumber: $n) ${selected} }\n${rest}`;
}

/** The fields that say when somebody was asked, and for how long. */
const OF_THE_MOMENT = new Set(['askedAt', 'elapsedMs', 'window']);

/** The same operation, with other aliases. */
const withOtherAliases = (query: string): string => query.replaceAll(/(\w+): (?=\w+ )/g, 'other_$1: ');

/**
 * The paths at which an answer has fields that were not asked for, or has not those that were, or has another value than the
 * answer to the same operation with other aliases.
 */
function differences(query: string, data: unknown, otherData: unknown): readonly string[] {
  const { definitions } = parse(query);
  const fragments: Record<string, FragmentDefinitionNode> = {};
  for (const each of definitions) if (each.kind === Kind.FRAGMENT_DEFINITION) fragments[each.name.value] = each;
  const found: string[] = [];
  const look = (
    of: GraphQLOutputType,
    sets: readonly SelectionSetNode[],
    value: unknown,
    other: unknown,
    path: string,
  ): void => {
    const type = getNullableType(of);
    if (isListType(type) && Array.isArray(value)) {
      const others: readonly unknown[] = Array.isArray(other) ? other : [];
      if (others.length !== value.length) found.push(path);
      for (const [i, item] of value.entries()) look(type.ofType, sets, item, others[i], `${path}.${i}`);
    }
    if (!isObjectType(type) || typeof value !== 'object' || value === null) return;
    const asked = Map.groupBy(
      sets.flatMap((set) => [...collectFields(api, fragments, { yes: true, no: false }, type, set)]),
      ([key]) => key,
    );
    const given = new Map<string, unknown>(Object.entries(value));
    const givenOther = new Map<string, unknown>(Object.entries(other ?? {}));
    for (const key of new Set([...asked.keys(), ...given.keys()])) {
      const nodes = (asked.get(key) ?? []).flatMap(([, each]) => each);
      if (nodes.length === 0 || !given.has(key)) found.push(`${path}.${key}`);
      const field = type.getFields()[nodes[0]?.name.value ?? ''];
      if (!field) continue;
      const inner = given.get(key);
      const otherInner = givenOther.get(nodes[0]?.alias ? `other_${key}` : key);
      const isLeaf = isLeafType(getNamedType(field.type));
      if (isLeaf && !OF_THE_MOMENT.has(field.name) && !isDeepStrictEqual(inner, otherInner))
        found.push(`${path}.${key}`);
      look(
        field.type,
        nodes.flatMap(({ selectionSet }) => selectionSet ?? []),
        inner,
        otherInner,
        `${path}.${key}`,
      );
    }
  };
  const root = api.getQueryType();
  const [first] = definitions;
  if (root && first?.kind === Kind.OPERATION_DEFINITION) look(root, [first.selectionSet], data, otherData, '');
  return found;
}

test('an answer holds every field that was asked for, and no other', async () => {
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(fc.gen(), async (generate) => {
      const query = operation((from) => from[generate(fc.nat, from.length - 1)] ?? never());
      if (validate(api, parse(query)).length > 0) return;
      const { status, data, errors } = await w.gateway.ask(query, { n: ANN });
      if (status === 400) return;
      answered += 1;
      expect(errors).toEqual([]);
      const others = await w.gateway.ask(withOtherAliases(query), { n: ANN });
      expect(others.errors).toEqual([]);
      expect(differences(query, data, others.data)).toEqual([]);
    }),
    { numRuns: 150 },
  );
  expect(answered).toBeGreaterThan(40);
});

function never(): never {
  throw new Error('There is nothing to pick from.');
}
