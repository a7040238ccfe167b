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

/** An operation, and who asks. */
export interface Asked {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** Its variables, coerced (`getVariableValues`). */
  readonly values: Readonly<Record<string, unknown>>;
  /** The keys of gathered entities, patients that is, that it names: each once. */
  readonly patients: readonly string[];
  /** What is shared with the caller. */
  readonly shares: Shares;
}

/**
 * What an operation asks too much of; `null` when it may be planned. Its cost is how many answers there may be to bring
 * together: of each root field that finds patients, patients × custodians × gathered lists, since each custodian that shares
 * with the caller may have to be asked when the index is lost. A list counts as often as it is asked for under a name of its
 * own. Entities that nobody names, and of which only an answer will tell, are not counted.
 */
export function excessOfCost(rules: GatherRules, asked: Asked): Excess | null {
  const { schema, document, operation, values, patients, shares } = asked;
  if (patients.length > MOST.patients) return { limit: 'patients', sent: patients.length };
  let lookups = known.get(operation);
  if (!lookups) {
    lookups = lookupsOf(rules, schema, document, operation);
    known.set(operation, lookups);
  }
  if (lookups.length === 0) return null;
  const custodians = custodiansSharing(rules, shares);
  const cost = lookups.reduce((sum, lookup) => sum + namedBy(schema, lookup, values) * custodians * lookup.lists, 0);
  return cost > MOST.cost ? { limit: 'cost', sent: cost } : null;
}

/** How many custodians share the content of some list with a caller who has broken no glass. */
function custodiansSharing({ entities }: GatherRules, shares: Shares): number {
  const lists = [...entities.values()].flatMap((entity) => [...entity.lists.keys()]);
  const glass = { glassBroken: false };
  const { custodians } = shares.visible(glass);
  return custodians.filter((each) => lists.some((list) => shares.levelOf(each, list, glass) === 'CONTENT')).length;
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
function namedBy(schema: GraphQLSchema, { rule, field }: Lookup, values: Readonly<Record<string, unknown>>): number {
  const argument = schema
    .getQueryType()
    ?.getFields()
    [rule.field]?.args.find(({ name }) => name === rule.argument);
  const node = field.arguments?.find(({ name }) => name.value === rule.argument)?.value;
  const value = argument && node ? valueFromAST(node, argument.type, values) : undefined;
  return Array.isArray(value) ? value.length : 1;
}
