import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type GraphQLType,
  getNamedType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { own } from '../gather/complete.ts';
import { partsOf } from '../gather/fetch.ts';
import type { Values } from '../gather/outcome.ts';

/** The fields of an object by response key, and the form that each must have. */
export type Form = ReadonlyMap<string, FieldForm>;

interface FieldForm {
  /** How many lists the value is wrapped in. */
  readonly lists: number;
  /** The form of the objects in it; `null` for anything that is not an object. */
  readonly fields: Form | null;
  /** The type of those objects; `null` where they may have several. */
  readonly type: string | null;
  readonly isTypename: boolean;
}

/**
 * The form that the answer to a fetch of the planner must have. The fields of all types that an object may turn out to
 * have stand side by side: those of one response key have one form (GraphQL specification, Field Selection Merging).
 */
export function formOf(schema: GraphQLSchema, document: DocumentNode): Form {
  const { operation, fragments } = partsOf(document);
  const fields = new Map<string, FieldForm>();
  collect(schema, fragments, operation.selectionSet, schema.getRootType(operation.operation) ?? undefined, fields);
  return fields;
}

function collect(
  schema: GraphQLSchema,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  set: SelectionSetNode,
  type: GraphQLNamedType | undefined,
  fields: Map<string, FieldForm>,
): void {
  const go = (inner: SelectionSetNode, of: GraphQLNamedType | undefined, into: Map<string, FieldForm>): void =>
    collect(schema, fragments, inner, of, into);
  for (const node of set.selections) {
    if (node.kind === Kind.INLINE_FRAGMENT) {
      go(node.selectionSet, node.typeCondition ? schema.getType(node.typeCondition.name.value) : type, fields);
    } else if (node.kind === Kind.FRAGMENT_SPREAD) {
      const fragment = fragments.get(node.name.value);
      if (fragment) go(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value), fields);
    } else {
      const name = node.name.value;
      const declared = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name]?.type : undefined;
      const below = new Map(fields.get(node.alias?.value ?? name)?.fields);
      if (node.selectionSet) go(node.selectionSet, declared && getNamedType(declared), below);
      fields.set(node.alias?.value ?? name, {
        // What federation adds to a subgraph's queries is not in the supergraph.
        lists: name === '_entities' ? 1 : listsOf(declared),
        fields: node.selectionSet ? below : null,
        type: typeOf(declared),
        isTypename: name === '__typename',
      });
    }
  }
}

function typeOf(declared: GraphQLType | undefined): string | null {
  const type = declared && getNamedType(declared);
  return isObjectType(type) ? type.name : null;
}

function listsOf(type: GraphQLType | undefined): number {
  if (isNonNullType(type)) return listsOf(type.ofType);
  return isListType(type) ? 1 + listsOf(type.ofType) : 0;
}

type Path = readonly (string | number)[];

/** A longer list than any answer holds: seven digits and more could name somebody. */
const LONGEST_LIST = 1_000_000;

/**
 * As much of a path as leads into what was asked for. What follows is of the subgraph's own making, and may hold anything.
 */
export function pathInto(form: Form, path: readonly unknown[]): Path {
  const into: (string | number)[] = [];
  let fields: Form | null = form;
  let lists = 0;
  for (const part of path) {
    if (typeof part === 'number') {
      if (lists === 0 || !Number.isInteger(part) || part < 0 || part >= LONGEST_LIST) break;
      lists -= 1;
    } else {
      const field: FieldForm | undefined = typeof part === 'string' ? fields?.get(part) : undefined;
      if (!field || typeof part !== 'string') break;
      ({ fields, lists } = field);
    }
    into.push(part);
  }
  return into;
}

/** What of an answer has the form that it must have. */
export interface Fitted {
  /** A copy, which the gateway may write into. */
  readonly data: Values;
  /** Where something else stood; there is a `null` now. */
  readonly misfits: readonly Path[];
  /** Whether there is no `null` in it, and nothing left out. */
  readonly whole: boolean;
}

/** An answer in which more is wrong is wrong as a whole. */
const MOST_MISFITS = 100;

/**
 * Takes from an answer what was asked for and has its form; `null` when too much has not. Apollo Gateway takes lists and
 * objects on trust: one string in the place of a list, and it throws away the answers of everybody.
 */
export function fit(form: Form, data: object): Fitted | null {
  const misfits: Path[] = [];
  let whole = true;

  const object = (fields: Form, value: object, path: Path, type: string | null): Values => {
    const fitted: Values = Object.create(null);
    // Without it, Apollo Gateway leaves out what a fragment on an interface asks of that type alone.
    if (type !== null) fitted.__typename = type;
    for (const [key, field] of fields) {
      const inner = own(value, key);
      if (inner === undefined) whole = false;
      else fitted[key] = wrapped(field, field.lists, inner, [...path, key]);
    }
    return fitted;
  };

  const wrapped = (field: FieldForm, lists: number, value: unknown, path: Path): unknown => {
    const isNothing = value === null || value === undefined;
    if (isNothing || misfits.length > MOST_MISFITS) {
      whole = false;
      return null;
    }
    if (lists > 0 && Array.isArray(value)) {
      return value.map((item: unknown, i) => wrapped(field, lists - 1, item, [...path, i]));
    }
    if (lists === 0 && !field.fields) return value;
    if (lists === 0 && field.fields && typeof value === 'object' && !Array.isArray(value)) {
      if (hasType(field.fields, value)) return object(field.fields, value, path, field.type);
    }
    misfits.push(path);
    whole = false;
    return null;
  };

  const fitted = object(form, data, [], null);
  return misfits.length > MOST_MISFITS ? null : { data: fitted, misfits, whole };
}

/** Whether an object says which type it has, wherever it says anything of it. */
function hasType(fields: Form, value: object): boolean {
  for (const [key, { isTypename }] of fields) {
    if (isTypename && Object.hasOwn(value, key) && typeof own(value, key) !== 'string') return false;
  }
  return true;
}
