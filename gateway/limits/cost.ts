import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  valueFromAST,
} from 'graphql';
import type { Shares } from '../access/agreements.ts';
import type { GatherRules, LookupRule } from '../gather/rules.ts';
import { type Excess, MOST } from './most.ts';

/** An operation as it is asked, and what it may come to. */
export interface Asked {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** Its variables, coerced (`getVariableValues`). */
  readonly variables: Readonly<Record<string, unknown>>;
  /** How many entities, patients that is, it names by key, each counted once. */
  readonly patients: number;
  /** How many custodians share content with the caller. */
  readonly custodians: number;
}

/**
 * What an operation asks too much of; `null` when it may be planned. Its cost is how many answers there may be to bring
 * together: of each root field that finds patients, patients × custodians × gathered lists, since each custodian that shares
 * with the caller may have to be asked when the index is lost. A list counts as often as it is asked for under a name of its
 * own. Entities that nobody names, and that only an answer will tell of, are not counted.
 */
export function excessOfCost(rules: GatherRules, asked: Asked): Excess | null {
  if (asked.patients > MOST.patients) return { limit: 'patients', sent: asked.patients };
  const cost = costOf(rules, asked);
  return cost > MOST.cost ? { limit: 'cost', sent: cost } : null;
}

/** The cost of an operation: see `excessOfCost`. */
export function costOf(rules: GatherRules, asked: Asked): number {
  const { schema, document, operation, variables, custodians } = asked;
  let found = known.get(operation);
  if (!found) {
    found = lookupsOf(rules, schema, document, operation);
    known.set(operation, found);
  }
  return found.reduce(
    (cost, { rule, field, lists }) => cost + namedBy(schema, rule, field, variables) * custodians * lists,
    0,
  );
}

/** How many custodians share the content of some list with a caller who has broken no glass. */
export function custodiansSharing(rules: GatherRules, shares: Shares): number {
  const lists = [...rules.entities.values()].flatMap((entity) => [...entity.lists.keys()]);
  const shown = shares.visible({ glassBroken: false }).custodians;
  return shown.filter((custodian) =>
    lists.some((list) => shares.levelOf(custodian, list, { glassBroken: false }) === 'CONTENT'),
  ).length;
}

/** A root field that finds entities by key. */
interface Lookup {
  readonly rule: LookupRule;
  readonly field: FieldNode;
  /** How many gathered lists are asked for below it; 1 when only its manifest is, or nothing gathered. */
  readonly lists: number;
}

/** What was found out about an operation is kept for as long as its document is. */
const known = new WeakMap<OperationDefinitionNode, readonly Lookup[]>();

function lookupsOf(
  rules: GatherRules,
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): readonly Lookup[] {
  const root = schema.getRootType(operation.operation);
  if (!root || root !== schema.getQueryType()) return [];
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const lists = listsBelow(rules, schema, fragments);
  const found: Lookup[] = [];
  const look = (set: SelectionSetNode): void => {
    for (const node of set.selections) {
      if (node.kind === Kind.INLINE_FRAGMENT) look(node.selectionSet);
      else if (node.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(node.name.value);
        if (fragment) look(fragment.selectionSet);
      } else {
        const rule = rules.lookups.get(node.name.value);
        const type = schema.getType(rule?.entity.type ?? '');
        if (rule && node.selectionSet)
          found.push({ rule, field: node, lists: Math.max(1, lists(type, node.selectionSet)) });
      }
    }
  };
  look(operation.selectionSet);
  return found;
}

/** Counts the gathered lists that a selection set asks for of a type, going through each fragment once. */
function listsBelow(
  { entities }: GatherRules,
  schema: GraphQLSchema,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): (type: GraphQLNamedType | undefined, set: SelectionSetNode | undefined) => number {
  const ofFragments = new Map<string, number>();
  const ofFragment = (name: string): number => {
    let lists = ofFragments.get(name);
    const fragment = fragments.get(name);
    if (lists === undefined) {
      lists = fragment ? below(schema.getType(fragment.typeCondition.name.value), fragment.selectionSet) : 0;
      ofFragments.set(name, lists);
    }
    return lists;
  };
  const below = (type: GraphQLNamedType | undefined, set: SelectionSetNode | undefined): number => {
    let lists = 0;
    for (const node of set?.selections ?? []) {
      if (node.kind === Kind.FRAGMENT_SPREAD) lists += ofFragment(node.name.value);
      else if (node.kind === Kind.INLINE_FRAGMENT) {
        const condition = node.typeCondition && schema.getType(node.typeCondition.name.value);
        lists += below(condition ?? type, node.selectionSet);
      } else {
        const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[node.name.value] : undefined;
        if (type && entities.get(type.name)?.lists.has(node.name.value)) lists += 1;
        if (field) lists += below(getNamedType(field.type), node.selectionSet);
      }
    }
    return lists;
  };
  return below;
}

/** How many entities a root field names, each as often as it does. */
function namedBy(
  schema: GraphQLSchema,
  rule: LookupRule,
  { arguments: given = [] }: FieldNode,
  variables: Readonly<Record<string, unknown>>,
): number {
  const argument = schema
    .getQueryType()
    ?.getFields()
    [rule.field]?.args.find(({ name }) => name === rule.argument);
  const node = given.find(({ name }) => name.value === rule.argument)?.value;
  const value = argument && node ? valueFromAST(node, argument.type, variables) : undefined;
  return Array.isArray(value) ? value.length : 1;
}
