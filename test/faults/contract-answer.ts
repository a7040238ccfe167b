import { contract } from '@caregraph/schema/contract.ts';
import { type DocumentNode, type FieldNode, Kind, parse, type SelectionSetNode } from 'graphql';
import { isListName, type ListName, type Wanted, wantedOf } from './lists.ts';
import type { Truth } from './truth.ts';

/** A GraphQL request as it came. */
export interface Asked {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** An entity of an answer: values by response key. */
export interface Entity {
  [responseKey: string]: unknown;
}

/** A whole answer without errors. */
export interface Whole {
  readonly data: { [alias: string]: Entity[] };
}

type Project = (record: Readonly<Record<string, unknown>>) => Entity;

interface CompiledList {
  readonly alias: string;
  readonly list: ListName;
  readonly wanted: (variables: Asked['variables']) => Wanted;
  readonly project: Project;
}

interface CompiledGroup {
  readonly alias: string;
  readonly representations: string;
  readonly keys: readonly string[];
  readonly lists: readonly CompiledList[];
}

const compiled = new Map<string, readonly CompiledGroup[]>();

/** Whether somebody asks for a trust's schema rather than for records. */
export const asksForContract = ({ query }: Asked): boolean => query.includes('_service');

export const contractAnswer = (): object => ({ data: { _service: { sdl: contract('trust') } } });

/**
 * What a trust that keeps the contract answers out of the true records, at a cost that leaves the machine to the gateway:
 * each text is compiled once. It understands what the gateway writes, which is `_entities` with everything that varies in
 * variables; a test holds it against the kit.
 *
 * @throws for a query that it does not understand.
 */
export function answerOf(truth: Truth, odsCode: string, { query, variables }: Asked): Whole {
  let groups = compiled.get(query);
  if (!groups) {
    groups = compile(parse(query, { noLocation: true }));
    compiled.set(query, groups);
  }
  const data: Whole['data'] = {};
  for (const { alias, representations, keys, lists } of groups) {
    data[alias] = patientsOf(variables[representations]).map((nhsNumber) => {
      const entity: Entity = {};
      for (const key of keys) entity[key] = nhsNumber;
      for (const { alias: key, list, wanted, project } of lists) {
        entity[key] = wantedOf(list, truth.records(odsCode, nhsNumber, list), wanted(variables)).map(project);
      }
      return entity;
    });
  }
  return { data };
}

/** The NHS numbers of a list of representations. */
export function patientsOf(representations: unknown): readonly string[] {
  if (!Array.isArray(representations)) throw new Error('Representations are a list.');
  return representations.map((each: { readonly nhsNumber?: unknown }) => String(each.nhsNumber));
}

function compile(document: DocumentNode): readonly CompiledGroup[] {
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('An operation was expected.');
  return fieldsOf(operation.selectionSet).map((field) => {
    if (field.name.value !== '_entities') throw new Error('Only entities can be asked for.');
    const fragment = field.selectionSet?.selections[0];
    if (fragment?.kind !== Kind.INLINE_FRAGMENT)
      throw new Error('A fragment on the type of the entities was expected.');
    const fields = fieldsOf(fragment.selectionSet);
    return {
      alias: keyOf(field),
      representations: variableOf(field, 'representations') ?? '',
      keys: fields.filter(({ name }) => name.value === 'nhsNumber').map(keyOf),
      lists: fields.filter(({ name }) => name.value !== 'nhsNumber').map(compileList),
    };
  });
}

function compileList(field: FieldNode): CompiledList {
  const list = field.name.value;
  if (!isListName(list)) throw new Error(`A patient has no list of the name "${list}".`);
  const [status, first] = [variableOf(field, 'status'), variableOf(field, 'first')];
  if (field.arguments?.some(({ name }) => name.value !== 'status' && name.value !== 'first')) {
    throw new Error(`An argument of "${list}" is not understood here.`);
  }
  return {
    alias: keyOf(field),
    list,
    wanted: (variables) => ({
      status: status === null ? null : textsOf(variables[status]),
      first: first === null ? null : Number(variables[first]),
    }),
    project: compileSelection(field.selectionSet),
  };
}

function compileSelection(set: SelectionSetNode | undefined): Project {
  const fields = fieldsOf(set).map((field) => ({
    key: keyOf(field),
    name: field.name.value,
    inner: field.selectionSet ? compileSelection(field.selectionSet) : null,
  }));
  return (record) => {
    const entity: Entity = {};
    for (const { key, name, inner } of fields) {
      const value = record[name];
      if (value === undefined) throw new Error(`The true records say nothing of "${name}".`);
      entity[key] = inner ? projected(value, inner) : value;
    }
    return entity;
  };
}

function projected(value: unknown, project: Project): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => projected(item, project));
  return isObject(value) ? project(value) : null;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const textsOf = (value: unknown): readonly string[] | null => (Array.isArray(value) ? value.map(String) : null);

const keyOf = ({ alias, name }: FieldNode): string => (alias ?? name).value;

function fieldsOf(set: SelectionSetNode | undefined): readonly FieldNode[] {
  return (set?.selections ?? []).map((node) => {
    if (node.kind !== Kind.FIELD) throw new Error('A field was expected.');
    return node;
  });
}

function variableOf(field: FieldNode, argument: string): string | null {
  const value = field.arguments?.find(({ name }) => name.value === argument)?.value;
  if (!value) return null;
  if (value.kind !== Kind.VARIABLE) throw new Error(`"${argument}" was expected to be a variable.`);
  return value.name.value;
}
