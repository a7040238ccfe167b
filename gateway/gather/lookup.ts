import type { GatewayGraphQLResponse } from '@apollo/server-gateway-interface';
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLFormattedError,
  getVariableValues,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { KEY_ALIAS } from './ask.ts';
import { canonical, type Key, own } from './complete.ts';
import { partsOf } from './fetch.ts';
import type { Values } from './outcome.ts';
import { codesOf } from './route.ts';
import type { GatherRules, LookupRule } from './rules.ts';
import { type SelectedField, selectOf } from './selection.ts';
import { free } from './unit.ts';

/** A root field of a fetch that finds entities by key. */
export interface Lookup {
  readonly rule: LookupRule;
  readonly field: SelectedField;
  /** The response key under which an entity's key comes back. */
  readonly keyAlias: string;
  /** The keys asked for, in the order asked. */
  readonly keys: readonly Key[];
}

/** A fetch that holds lookups: these, and the response keys of its other root fields. */
export interface LookupFetch {
  readonly lookups: readonly Lookup[];
  readonly others: readonly string[];
}

/** A fetch that holds lookups, as it is sent: the key of each entity is asked for, to hold the answer against. */
export interface LookupDocument {
  readonly document: DocumentNode;
  /** The response key under which an entity's key comes back. */
  readonly keyAlias: string;
}

/** Asks for the key of each entity that a fetch of the planner looks up; `null` for a fetch that holds no lookup. */
export function withKeys(rules: GatherRules, document: DocumentNode): LookupDocument | null {
  const taken = new Set<string>();
  visit(document, { Field: ({ alias, name }) => void taken.add((alias ?? name).value) });
  const keyAlias = free(KEY_ALIAS, taken);
  const types = new TypeInfo(rules.schema);
  const asked: DocumentNode = visit(
    document,
    visitWithTypeInfo(types, {
      Field(node) {
        const rule = types.getParentType() === rules.schema.getQueryType() && rules.lookups.get(node.name.value);
        if (!rule || !node.selectionSet) return undefined;
        const selections = [...node.selectionSet.selections, aliased(keyAlias, rule.entity.key)];
        return { ...node, selectionSet: { ...node.selectionSet, selections } };
      },
    }),
  );
  return asked === document ? null : { document: asked, keyAlias };
}

const aliased = (alias: string, name: string): FieldNode => ({
  kind: Kind.FIELD,
  alias: { kind: Kind.NAME, value: alias },
  name: { kind: Kind.NAME, value: name },
});

/** Reads the lookups of a fetch that holds some, with the values of its variables. */
export function readLookups(
  rules: GatherRules,
  { document, keyAlias }: LookupDocument,
  values: Readonly<Record<string, unknown>>,
): LookupFetch {
  const { operation, fragments } = partsOf(document);
  const query = rules.schema.getQueryType();
  const { coerced } = getVariableValues(rules.schema, operation.variableDefinitions ?? [], values);
  if (!query || !coerced) throw new Error('The variables of a fetch do not fit the schema.');
  const fields = selectOf({ schema: rules.schema, fragments, variables: coerced }, query, [operation.selectionSet]);
  const lookups: Lookup[] = [];
  const others: string[] = [];
  for (const field of fields) {
    const rule = rules.lookups.get(field.name);
    if (rule) lookups.push({ rule, field, keyAlias, keys: keysOf(rule, field) });
    else others.push(field.responseKey);
  }
  return { lookups, others };
}

function keysOf({ argument, entity }: LookupRule, { args }: SelectedField): readonly Key[] {
  const stated = args.find(({ name }) => name === argument)?.value;
  return (Array.isArray(stated) ? stated : [stated]).map((value: unknown) => {
    const key = canonical(entity.keyType, value);
    if (key === null) throw new Error(`"${argument}" is not the key of a ${entity.type}.`);
    return key;
  });
}

/** The refusal of a fetch that names more keys than one call may; `null` when it may be sent. */
export function tooManyKeys({ lookups }: LookupFetch): GatewayGraphQLResponse | null {
  const errors = lookups.flatMap(({ rule, field, keys }): GraphQLFormattedError[] => {
    if (rule.atMost === null || keys.length <= rule.atMost) return [];
    const message = `"${rule.argument}" takes at most ${rule.atMost} at once, and was given ${keys.length}.`;
    return [{ message, path: [field.responseKey], extensions: { code: 'INVALID_PARAMETER' } }];
  });
  return errors.length > 0 ? { data: null, errors } : null;
}

/**
 * Makes the answer of the subgraph that knows who holds what into one that can be relied on. Whatever it could not, or did
 * not, say of an entity is put in its place: the entity by its key, with a routing field of `null`, so that every custodian
 * is asked; and an error says that the index could not be relied on. It fails as little as an index can fail: it never
 * loses an entity, and never makes one into another.
 */
export function relyOnKeys({ lookups, others }: LookupFetch, response: GatewayGraphQLResponse): GatewayGraphQLResponse {
  const stated = response.errors ?? [];
  const given = response.data ?? null;
  const data: Values = Object.create(null);
  // What errors about the fetch as a whole, or about what clients do not see, come to is told below.
  const errors = stated.filter(({ path }) => path && path.length > 0 && !lookups.some(isBehind(path)));
  for (const key of others) {
    data[key] = given ? (own(given, key) ?? null) : null;
    if (!given) errors.push(unanswered([key]));
  }
  for (const lookup of lookups) {
    const { rule, keys } = lookup;
    const key = lookup.field.responseKey;
    const value = given && own(given, key);
    const found = keys.map((entityKey, i) => readEntity(lookup, entityKey, rule.many ? itemOf(value, i) : value));
    found.forEach(({ missing }, i) => {
      errors.push(...missing.map((name) => unanswered(rule.many ? [key, i, name] : [key, name])));
    });
    if (found.some(({ reliable }) => !reliable)) {
      errors.push({ message: UNRELIABLE, path: [key], extensions: { code: 'INDEX_UNAVAILABLE' } });
    }
    const entities = found.map(({ values }) => values);
    data[key] = rule.many ? entities : (entities[0] ?? null);
  }
  return { data, ...(errors.length > 0 && { errors }) };
}

/** Whether a path leads to what is only asked for to find out whom to ask, and about whom. */
const isBehind =
  (path: readonly (string | number)[]) =>
  ({ rule: { entity, many }, field, keyAlias }: Lookup): boolean => {
    const key = path[many ? 2 : 1];
    const fields = field.selected?.get(entity.type) ?? [];
    const behind = fields.some(({ name, responseKey }) => name === entity.routing && responseKey === key);
    return path[0] === field.responseKey && (behind || key === keyAlias);
  };

const itemOf = (list: unknown, i: number): unknown => (Array.isArray(list) ? list[i] : null);

const UNRELIABLE =
  'The index of who holds what could not be relied on. Every organisation was asked instead, but one that is not known here may hold more.';

const unanswered = (path: readonly (string | number)[]): GraphQLFormattedError => ({
  message: 'The index of who holds what did not answer.',
  path,
  extensions: { code: 'INDEX_UNAVAILABLE' },
});

interface FoundEntity {
  readonly values: Values;
  readonly reliable: boolean;
  /** The response keys of fields that only the index could have filled in. */
  readonly missing: readonly string[];
}

/** What is known of an entity: its type and key for certain, and the rest only from an answer that is about this one. */
function readEntity({ rule: { entity }, field, keyAlias }: Lookup, key: Key, value: unknown): FoundEntity {
  const about =
    typeof value === 'object' && value !== null && canonical(entity.keyType, own(value, keyAlias)) === key
      ? value
      : null;
  const values: Values = Object.create(null);
  const missing: string[] = [];
  let reliable = about !== null;
  for (const { name, responseKey } of field.selected?.get(entity.type) ?? []) {
    if (name === '__typename') values[responseKey] = entity.type;
    else if (name === entity.key) values[responseKey] = key;
    else if (name === entity.routing) {
      values[responseKey] = about && codesOf(entity, own(about, responseKey));
      reliable &&= values[responseKey] !== null;
    } else {
      values[responseKey] = about && (own(about, responseKey) ?? null);
      if (!about) missing.push(responseKey);
    }
  }
  return { values, reliable, missing };
}
