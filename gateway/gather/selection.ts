import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  Kind,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql';

/** What is selected of a value, by the object type that the value may turn out to have. */
export type Selected = ReadonlyMap<string, readonly SelectedField[]>;

/** A field as it was selected: once for each response key, with the selections of all its occurrences. */
export interface SelectedField {
  readonly responseKey: string;
  readonly name: string;
  readonly type: GraphQLOutputType;
  readonly args: readonly SelectedArgument[];
  /** `null` for a leaf. */
  readonly selected: Selected | null;
}

export interface SelectedArgument {
  readonly name: string;
  /** The type as the schema language writes it. */
  readonly type: string;
  readonly value: unknown;
  /** The value that stands in the schema for an argument that is left out; `undefined` when there is none. */
  readonly fallback: unknown;
}

/** What a document is read against. */
export interface SelectionContext {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * What some selection sets select of a composite type: fragments are opened, conditions decided, arguments given their
 * values, and the occurrences of one response key brought together (GraphQL specification, CollectFields).
 */
export function select(
  context: SelectionContext,
  parent: GraphQLCompositeType,
  sets: readonly SelectionSetNode[],
): Selected {
  const types = isAbstractType(parent) ? context.schema.getPossibleTypes(parent) : [parent];
  return new Map(types.map((type) => [type.name, selectOf(context, type, sets)]));
}

/** The same for one object type. */
export function selectOf(
  context: SelectionContext,
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
): readonly SelectedField[] {
  const byKey = new Map<string, FieldNode[]>();
  for (const set of sets) collect(context, type, set, byKey, new Set());
  return [...byKey.values()].map((nodes) => selectedField(context, type, nodes));
}

function collect(
  context: SelectionContext,
  type: GraphQLObjectType,
  set: SelectionSetNode,
  byKey: Map<string, FieldNode[]>,
  opened: Set<string>,
): void {
  for (const node of set.selections) {
    if (!isIncluded(context, node)) continue;
    switch (node.kind) {
      case Kind.FIELD: {
        const key = node.alias?.value ?? node.name.value;
        const nodes = byKey.get(key);
        if (nodes) nodes.push(node);
        else byKey.set(key, [node]);
        break;
      }
      case Kind.INLINE_FRAGMENT:
        if (applies(context, node.typeCondition?.name.value, type))
          collect(context, type, node.selectionSet, byKey, opened);
        break;
      case Kind.FRAGMENT_SPREAD: {
        const fragment = context.fragments.get(node.name.value);
        if (!fragment || opened.has(node.name.value)) break;
        opened.add(node.name.value);
        if (applies(context, fragment.typeCondition.name.value, type)) {
          collect(context, type, fragment.selectionSet, byKey, opened);
        }
        break;
      }
    }
  }
}

function isIncluded({ variables }: SelectionContext, node: SelectionNode): boolean {
  return (
    getDirectiveValues(GraphQLSkipDirective, node, variables)?.if !== true &&
    getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false
  );
}

function applies({ schema }: SelectionContext, condition: string | undefined, type: GraphQLObjectType): boolean {
  if (condition === undefined || condition === type.name) return true;
  const named = schema.getType(condition);
  return isAbstractType(named) && schema.isSubType(named, type);
}

function selectedField(
  context: SelectionContext,
  parent: GraphQLObjectType,
  nodes: readonly FieldNode[],
): SelectedField {
  const [node] = nodes;
  if (!node) throw new Error('A selected field occurs at least once.');
  const name = node.name.value;
  const definition = META_FIELDS.get(name) ?? parent.getFields()[name];
  if (!definition) throw new Error(`${parent.name} has no field "${name}".`);
  const values = getArgumentValues(definition, node, context.variables);
  const named = getNamedType(definition.type);
  return {
    responseKey: node.alias?.value ?? name,
    name,
    type: definition.type,
    args: definition.args
      .filter((argument) => Object.hasOwn(values, argument.name))
      .map(({ name: argument, type, defaultValue }) => ({
        name: argument,
        type: String(type),
        value: values[argument],
        fallback: defaultValue,
      })),
    selected: isCompositeType(named)
      ? select(
          context,
          named,
          nodes.flatMap(({ selectionSet }) => selectionSet ?? []),
        )
      : null,
  };
}

/** Fields that every type has, or the query has, and that no schema defines (GraphQL specification, Introspection). */
const META_FIELDS = new Map(
  [SchemaMetaFieldDef, TypeMetaFieldDef, TypeNameMetaFieldDef].map((each) => [each.name, each]),
);

/** Whether a value of this selection must say which type it has. */
export function isAmbiguous(type: GraphQLOutputType): boolean {
  const named = getNamedType(type);
  return isCompositeType(named) && !isObjectType(named);
}
