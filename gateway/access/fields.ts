import type { GatewayGraphQLRequestContext } from '@apollo/server-gateway-interface';
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLObjectType,
  getNamedType,
  type InlineFragmentNode,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import type { FieldRules, Refusals } from './field-rules.ts';
import { eachSelected, fragmentsOf, type Selecting } from './field-selection.ts';

/** A valid operation of a document, and the schema that clients see. */
export type Asked = Pick<GatewayGraphQLRequestContext, 'schema' | 'document' | 'operation'>;

/** An operation of which something is refused. */
export interface RefusedFields {
  readonly asked: Asked;
  /**
   * What is to be executed in the operation's place: all of it that is not refused, in its order, and all its variables,
   * used or not. `null` when nothing is left, and nothing is to be executed.
   */
  readonly remaining: { readonly document: DocumentNode; readonly operation: OperationDefinitionNode } | null;
  /**
   * Every field of the operation that is refused, such as `Patient.alerts`, whatever its conditions will say; in the order of
   * the alphabet. What remains follows from the operation and these alone. They hold nothing that a client wrote.
   */
  readonly fields: readonly string[];
  readonly refusals: Refusals;
  /** The response key under which an object that may have several types says its own. */
  readonly typeAlias: string;
  /** What the operation selects of fields in which, or below which, something is not as it was asked. */
  readonly changed: ReadonlySet<SelectionSetNode>;
}

/**
 * Takes out of an operation what a role may not select. What was decided is kept for as long as the document is.
 *
 * @returns `null` when nothing of it is refused.
 */
export function refuseFields(rules: FieldRules, asked: Asked, role: string): RefusedFields | null {
  const refusals = rules.refusedTo(role);
  if (refusals.size === 0) return null;
  const known = decided.get(asked.operation) ?? new WeakMap<Refusals, RefusedFields | null>();
  decided.set(asked.operation, known);
  let refused = known.get(refusals);
  if (refused === undefined) {
    refused = decide(asked, refusals);
    known.set(refusals, refused);
  }
  return refused;
}

const decided = new WeakMap<OperationDefinitionNode, WeakMap<Refusals, RefusedFields | null>>();

function decide(asked: Asked, refusals: Refusals): RefusedFields | null {
  const { schema, document, operation } = asked;
  const selecting = { schema, fragments: fragmentsOf(document), refusals, isIncluded: () => true };
  const fields = new Set<string>();
  const selectedOf = new Map<FieldNode, GraphQLObjectType[]>();
  eachSelected(selecting, operation, (node, type, refusal) => {
    if (refusal !== undefined) fields.add(`${type.name}.${node.name.value}`);
    const types = selectedOf.get(node);
    if (types) types.push(type);
    else selectedOf.set(node, [type]);
  });
  if (fields.size === 0) return null;

  const typeAlias = freeAlias(document);
  const { selections, fragments, changed } = leftOfOperation(selecting, operation, selectedOf, typeAlias);
  const left = { ...operation, selectionSet: setOf(selections) };
  const remaining = { document: { kind: Kind.DOCUMENT, definitions: [left, ...fragments] } as const, operation: left };
  return {
    asked,
    remaining: selections.length > 0 ? remaining : null,
    fields: [...fields].sort(),
    refusals,
    typeAlias,
    changed,
  };
}

/** What is left of some selections. */
interface Left {
  readonly selections: readonly SelectionNode[];
  readonly isChanged: boolean;
}

/**
 * What is left of an operation, in the order in which it was asked. What is refused of some types alone that an interface
 * stands for is asked of each of the others by name; what is asked below it stands in a fragment of the interface's own
 * type, so that it need not be written anew for each.
 */
function leftOfOperation(
  { schema, fragments, refusals }: Selecting,
  operation: OperationDefinitionNode,
  selectedOf: ReadonlyMap<FieldNode, readonly GraphQLObjectType[]>,
  typeAlias: string,
): {
  readonly selections: readonly SelectionNode[];
  readonly fragments: readonly FragmentDefinitionNode[];
  readonly changed: ReadonlySet<SelectionSetNode>;
} {
  const changed = new Set<SelectionSetNode>();
  const leftOfFragments = new Map<string, Left & { readonly definition: FragmentDefinitionNode }>();

  const leftOf = (set: SelectionSetNode, parent: GraphQLNamedType | undefined): Left => {
    const selections: SelectionNode[] = [];
    let isChanged = false;
    for (const node of set.selections) {
      const left = leftOfNode(node, parent);
      selections.push(...left.selections);
      isChanged ||= left.isChanged;
    }
    return isChanged ? { selections, isChanged } : { selections: set.selections, isChanged };
  };

  const leftOfNode = (node: SelectionNode, parent: GraphQLNamedType | undefined): Left => {
    switch (node.kind) {
      case Kind.FIELD:
        return leftOfField(node, parent);
      case Kind.INLINE_FRAGMENT: {
        const type = node.typeCondition ? schema.getType(node.typeCondition.name.value) : parent;
        const { selections, isChanged } = leftOf(node.selectionSet, type);
        if (!isChanged) return { selections: [node], isChanged };
        return { selections: selections.length > 0 ? [{ ...node, selectionSet: setOf(selections) }] : [], isChanged };
      }
      case Kind.FRAGMENT_SPREAD: {
        const { selections, isChanged } = leftOfFragment(node.name.value);
        return { selections: selections.length > 0 ? [node] : [], isChanged };
      }
    }
  };

  const leftOfFragment = (name: string): Left => {
    const known = leftOfFragments.get(name);
    if (known) return known;
    const fragment = fragments.get(name);
    if (!fragment) throw new Error('A valid document has the fragments that it spreads.');
    const left = leftOf(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value));
    const definition = left.isChanged ? { ...fragment, selectionSet: setOf(left.selections) } : fragment;
    leftOfFragments.set(name, { ...left, definition });
    return left;
  };

  const leftOfField = (node: FieldNode, parent: GraphQLNamedType | undefined): Left => {
    const selected = selectedOf.get(node) ?? [];
    const allowed = selected.filter((type) => !refusals.get(type.name)?.has(node.name.value));
    if (allowed.length === 0 && selected.length > 0) return { selections: [], isChanged: true };
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
    const below = field && getNamedType(field.type);
    const left = node.selectionSet && below ? leftBelow(node, node.selectionSet, below) : node;
    if (allowed.length === selected.length) return { selections: [left], isChanged: left !== node };
    return { selections: allowed.map((type) => ofType(type, left, below)), isChanged: true };
  };

  const leftBelow = (node: FieldNode, set: SelectionSetNode, type: GraphQLNamedType): FieldNode => {
    const { selections, isChanged } = leftOf(set, type);
    if (!isChanged) return node;
    changed.add(set);
    // Of an object that does not say its type, Apollo Gateway passes over what two type conditions, one in the other, select.
    const itsType = [TYPENAME, ...(isObjectType(type) ? [] : [typename(typeAlias)])];
    return { ...node, selectionSet: setOf([...selections, ...itsType]) };
  };

  const { selections } = leftOf(operation.selectionSet, schema.getRootType(operation.operation) ?? undefined);
  const definitions = [...leftOfFragments.values()].filter((left) => left.selections.length > 0);
  return { selections, fragments: definitions.map(({ definition }) => definition), changed };
}

/** A field that was selected of an interface, selected of one of the types that it stands for. */
function ofType(type: GraphQLObjectType, node: FieldNode, below: GraphQLNamedType | undefined): InlineFragmentNode {
  const own = getNamedType(type.getFields()[node.name.value]?.type);
  const isNarrower = node.selectionSet && below && own !== below;
  const field = isNarrower ? { ...node, selectionSet: setOf([on(below, node.selectionSet.selections)]) } : node;
  return on(type, [field]);
}

const on = (type: { readonly name: string }, selections: readonly SelectionNode[]): InlineFragmentNode => ({
  kind: Kind.INLINE_FRAGMENT,
  typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type.name } },
  selectionSet: setOf(selections),
});

const setOf = (selections: readonly SelectionNode[]): SelectionSetNode => ({ kind: Kind.SELECTION_SET, selections });

const TYPENAME: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

const typename = (alias: string): FieldNode => ({ ...TYPENAME, alias: { kind: Kind.NAME, value: alias } });

/** A response key that stands nowhere in a document. */
function freeAlias(document: DocumentNode): string {
  const taken = new Set<string>();
  visit(document, { Field: ({ alias, name }) => void taken.add((alias ?? name).value) });
  let alias = 'ofType';
  for (let n = 1; taken.has(alias); n++) alias = `ofType${n}`;
  return alias;
}
