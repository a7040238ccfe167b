import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Refusals } from './field-rules.ts';

/** What selections are read against. */
export interface Selecting {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly refusals: Refusals;
  /** Whether what `@skip` and `@include` say of a selection leaves it in. */
  readonly isIncluded: (node: SelectionNode) => boolean;
}

export function fragmentsOf(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  return fragments;
}

/** The object types that a value may turn out to have. */
export function objectTypes(schema: GraphQLSchema, type: GraphQLNamedType): readonly GraphQLObjectType[] {
  if (isObjectType(type)) return [type];
  return isAbstractType(type) ? schema.getPossibleTypes(type) : [];
}

/** Whether objects of a type meet the condition of a fragment. */
export function isOf(schema: GraphQLSchema, type: GraphQLObjectType, condition: GraphQLNamedType | undefined): boolean {
  return condition === type || (isAbstractType(condition) && schema.isSubType(condition, type));
}

/** What a fragment selects of objects of a type; `null` when it is not for them. */
export function selectedBy(
  { schema, fragments }: Selecting,
  node: Exclude<SelectionNode, FieldNode>,
  type: GraphQLObjectType,
): SelectionSetNode | null {
  const fragment = node.kind === Kind.FRAGMENT_SPREAD ? fragments.get(node.name.value) : node;
  if (!fragment) return null;
  const condition = fragment.typeCondition ? schema.getType(fragment.typeCondition.name.value) : type;
  return isOf(schema, type, condition) ? fragment.selectionSet : null;
}

/**
 * Calls back for each field of an operation, with each type of object of which it is selected, and what is to be told of it
 * when it is refused. What is selected of a refused field is selected of nothing. Each selection set is gone through once for
 * each type, however many fragments lead to it: the cost is that of reading the document once for each type.
 */
export function eachSelected(
  selecting: Selecting,
  operation: OperationDefinitionNode,
  onField: (node: FieldNode, type: GraphQLObjectType, refusal: string | undefined) => void,
): void {
  const { schema, refusals, isIncluded } = selecting;
  const seen = new Map<SelectionSetNode, Set<GraphQLObjectType>>();
  const go = (set: SelectionSetNode, type: GraphQLObjectType): void => {
    const types = seen.get(set) ?? new Set();
    if (types.has(type)) return;
    seen.set(set, types.add(type));
    for (const node of set.selections) {
      if (!isIncluded(node)) continue;
      if (node.kind !== Kind.FIELD) {
        const inner = selectedBy(selecting, node, type);
        if (inner) go(inner, type);
        continue;
      }
      const refusal = refusals.get(type.name)?.get(node.name.value);
      onField(node, type, refusal);
      const field = type.getFields()[node.name.value];
      if (!node.selectionSet || !field || refusal !== undefined) continue;
      for (const each of objectTypes(schema, getNamedType(field.type))) go(node.selectionSet, each);
    }
  };
  const root = schema.getRootType(operation.operation);
  if (root) go(operation.selectionSet, root);
}
