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
import type { EntityRule, GatherRules, LookupRule } from '../gather/rules.ts';
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
 * own; one that another field requires counts once. Entities that nobody names, and of which only an answer will tell, are not counted.
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
        if (!rule || !node.selectionSet) continue;
        const { named, required } = lists(type, node.selectionSet);
        found.push({ rule, field: node, lists: Math.max(1, named + required.size) });
      }
    }
  };
  look(operation.selectionSet);
  return found;
}

/** The gathered lists that a selection set asks for. */
interface Lists {
  /** How many it names, each as often as it does. */
  readonly named: number;
  /** Those that fields of other subgraphs require: each once, since such a list is the same for all of them. */
  readonly required: ReadonlySet<string>;
}

const NONE: Lists = { named: 0, required: new Set() };

const both = (one: Lists, other: Lists): Lists => ({
  named: one.named + other.named,
  required: other.required.size > 0 ? new Set([...one.required, ...other.required]) : one.required,
});

/** Finds the gathered lists that a selection set asks for of a type, going through each fragment once. */
function listsBelow(
  { entities }: GatherRules,
  schema: GraphQLSchema,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): (type: GraphQLNamedType | undefined, set: SelectionSetNode | undefined) => Lists {
  const ofFragments = new Map<string, Lists>();
  const ofFragment = (name: string): Lists => {
    let lists = ofFragments.get(name);
    const fragment = fragments.get(name);
    if (lists === undefined) {
      lists = fragment ? below(schema.getType(fragment.typeCondition.name.value), fragment.selectionSet) : NONE;
      ofFragments.set(name, lists);
    }
    return lists;
  };
  const below = (type: GraphQLNamedType | undefined, set: SelectionSetNode | undefined): Lists => {
    let lists = NONE;
    for (const node of set?.selections ?? []) {
      if (node.kind === Kind.FRAGMENT_SPREAD) lists = both(lists, ofFragment(node.name.value));
      else if (node.kind === Kind.INLINE_FRAGMENT) {
        const condition = node.typeCondition && schema.getType(node.typeCondition.name.value);
        lists = both(lists, below(condition ?? type, node.selectionSet));
      } else {
        const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[node.name.value] : undefined;
        if (type) lists = both(lists, ofField(entities.get(type.name), node.name.value));
        if (field) lists = both(lists, below(getNamedType(field.type), node.selectionSet));
      }
    }
    return lists;
  };
  return below;
}

/** The gathered lists that one field of an entity asks for. */
function ofField(entity: EntityRule | undefined, field: string): Lists {
  const required = entity?.required.get(field);
  if (required) return { named: 0, required: new Set(required) };
  return entity?.lists.has(field) ? { named: 1, required: NONE.required } : NONE;
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
