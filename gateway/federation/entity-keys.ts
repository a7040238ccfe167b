import {
  type DocumentNode,
  type FieldNode,
  type GraphQLLeafType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type SelectionNode,
  visit,
} from 'graphql';
import { canonical, own } from '../gather/complete.ts';
import { partsOf } from '../gather/fetch.ts';
import type { Values } from '../gather/outcome.ts';
import { free } from '../gather/unit.ts';

/** A field of a key that is asked for beside what the planner asks. */
interface Echo {
  readonly field: string;
  readonly type: GraphQLLeafType;
  /** The response key under which it comes back. */
  readonly alias: string;
}

/** A fetch of entities as it is sent: the key of each is asked for, to hold the answer against. */
export interface EntityDocument {
  readonly document: DocumentNode;
  /** What comes back of each type that the fetch names. */
  readonly echoes: ReadonlyMap<string, readonly Echo[]>;
}

/**
 * Asks for the key of each entity that a fetch of the planner asks a subgraph for (Apollo Federation subgraph specification,
 * `_entities`); `null` for a fetch of none, or of none whose key can be asked for. An answer is otherwise merged by its place
 * in the list alone: a subgraph that mixed it up would give one patient what is another's.
 *
 * @param schema the supergraph's types, with the definitions that they were built from.
 * @param representations what is asked for, now or another time: of several keys, the planner always goes by the same.
 */
export function withEntityKeys(
  schema: GraphQLSchema,
  subgraph: string,
  document: DocumentNode,
  representations: readonly unknown[],
): EntityDocument | null {
  const { operation, fragments } = partsOf(document);
  const isEntities = (node: SelectionNode): node is FieldNode =>
    node.kind === Kind.FIELD && node.name.value === '_entities';
  const types = new Set<string>();
  for (const entities of operation.selectionSet.selections.filter(isEntities)) {
    for (const node of entities.selectionSet?.selections ?? []) {
      const condition = node.kind === Kind.FRAGMENT_SPREAD ? fragments.get(node.name.value)?.typeCondition : undefined;
      const type = node.kind === Kind.INLINE_FRAGMENT ? node.typeCondition : condition;
      if (type) types.add(type.name.value);
    }
  }
  const taken = new Set<string>();
  visit(document, { Field: ({ alias, name }) => void taken.add((alias ?? name).value) });
  const graph = graphOf(schema, subgraph);
  const echoes = new Map<string, readonly Echo[]>();
  for (const name of types) {
    const keys = keysOf(schema.getType(name), graph)
      .filter(({ field }) => representations.some((each) => isObject(each) && own(each, field) !== undefined))
      .map(({ field, type }): Echo => ({ field, type, alias: free(`entity${echoes.size}_${field}`, taken) }));
    if (keys.length > 0) echoes.set(name, keys);
  }
  if (echoes.size === 0) return null;
  // Fragments of their own: the planner's may be under a condition.
  const asked = [...echoes].map(
    ([name, keys]): SelectionNode => ({
      kind: Kind.INLINE_FRAGMENT,
      typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: name } },
      selectionSet: {
        kind: Kind.SELECTION_SET,
        selections: keys.map(({ field, alias }) => ({
          kind: Kind.FIELD,
          alias: { kind: Kind.NAME, value: alias },
          name: { kind: Kind.NAME, value: field },
        })),
      },
    }),
  );
  const selections = operation.selectionSet.selections.map((node) =>
    isEntities(node) && node.selectionSet
      ? { ...node, selectionSet: { ...node.selectionSet, selections: [...node.selectionSet.selections, ...asked] } }
      : node,
  );
  const sent = { ...operation, selectionSet: { ...operation.selectionSet, selections } };
  const definitions = document.definitions.map((definition) => (definition === operation ? sent : definition));
  return { document: { ...document, definitions }, echoes };
}

/**
 * Sets aside, in place, each entity whose key is not the one that it was asked for by, and takes the others' keys out again.
 *
 * @param representations what was asked for, in order.
 * @param entities what was answered, as many.
 * @returns the places of those that were set aside.
 */
export function setAsideOthers(
  schema: GraphQLSchema,
  { echoes }: EntityDocument,
  representations: readonly unknown[],
  entities: unknown[],
): readonly number[] {
  const others: number[] = [];
  entities.forEach((entity, i) => {
    const asked = representations[i];
    if (!isObject(entity) || !isObject(asked)) return;
    const isTheOne = echoesFor(schema, echoes, String(own(asked, '__typename'))).every(({ field, type, alias }) => {
      const key = own(asked, field);
      // A key that the planner did not go by says nothing.
      return key === undefined || canonical(type, key) === canonical(type, own(entity, alias));
    });
    for (const keys of echoes.values()) for (const { alias } of keys) delete entity[alias];
    if (isTheOne) return;
    entities[i] = null;
    others.push(i);
  });
  return others;
}

const isObject = (value: unknown): value is Values => typeof value === 'object' && value !== null;

/** What comes back of an entity of this type: by its own name, or by that of an interface that it implements. */
function echoesFor(schema: GraphQLSchema, echoes: EntityDocument['echoes'], name: string): readonly Echo[] {
  const type = schema.getType(name);
  const interfaces = isObjectType(type) || isInterfaceType(type) ? type.getInterfaces() : [];
  return [name, ...interfaces.map((each) => each.name)].flatMap((each) => echoes.get(each) ?? []);
}

/** What a subgraph is called in the directives of the supergraph (join specification, `join__Graph`). */
function graphOf(schema: GraphQLSchema, subgraph: string): string | undefined {
  const graphs = schema.getType('join__Graph')?.astNode;
  if (graphs?.kind !== Kind.ENUM_TYPE_DEFINITION) return undefined;
  return graphs.values?.find((value) =>
    value.directives?.some(
      ({ name, arguments: args = [] }) =>
        name.value === 'join__graph' &&
        args.some((arg) => arg.name.value === 'name' && arg.value.kind === Kind.STRING && arg.value.value === subgraph),
    ),
  )?.name.value;
}

/** The fields that make up a type's keys in a subgraph (join specification, `join__type`), of those that hold one value. */
function keysOf(
  type: GraphQLNamedType | undefined,
  graph: string | undefined,
): readonly { readonly field: string; readonly type: GraphQLLeafType }[] {
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  const names = new Set<string>();
  for (const directive of type.astNode?.directives ?? []) {
    if (directive.name.value !== 'join__type') continue;
    const args = new Map(directive.arguments?.map((arg) => [arg.name.value, arg.value]));
    const at = args.get('graph');
    const key = args.get('key');
    if (at?.kind !== Kind.ENUM || at.value !== graph || key?.kind !== Kind.STRING) continue;
    // Of a key within an object, such as "organisation { odsCode }", nothing is asked.
    if (!key.value.includes('{')) for (const name of key.value.split(/[\s,]+/)) if (name) names.add(name);
  }
  return [...names].flatMap((field) => {
    const declared = type.getFields()[field]?.type;
    const nullable = isNonNullType(declared) ? declared.ofType : declared;
    if (!nullable || isListType(nullable)) return [];
    const leaf = getNamedType(nullable);
    return isLeafType(leaf) ? [{ field, type: leaf }] : [];
  });
}
