import type { GatewayGraphQLResponse } from '@apollo/server-gateway-interface';
import { type DocumentNode, type GraphQLFormattedError, getVariableValues } from 'graphql';
import { canonicalKey } from './check.ts';
import { own } from './complete.ts';
import { partsOf } from './fetch.ts';
import type { Values } from './outcome.ts';
import { isListOfCodes } from './route.ts';
import type { GatherRules, LookupRule } from './rules.ts';
import { type SelectedField, selectOf } from './selection.ts';

/** A root field of a fetch that finds entities by key. */
export interface Lookup {
  readonly rule: LookupRule;
  readonly field: SelectedField;
  /** The keys asked for, in the order asked. */
  readonly keys: readonly string[];
}

/** A fetch that holds lookups: these, and the response keys of its other root fields. */
export interface LookupFetch {
  readonly lookups: readonly Lookup[];
  readonly others: readonly string[];
}

/** Reads the lookups of a fetch of the planner; `null` when it holds none. */
export function readLookups(
  rules: GatherRules,
  document: DocumentNode,
  values: Readonly<Record<string, unknown>>,
): LookupFetch | null {
  const { operation, fragments } = partsOf(document);
  const query = rules.schema.getQueryType();
  if (operation.operation !== 'query' || !query || 'representations' in values) return null;
  const { coerced } = getVariableValues(rules.schema, operation.variableDefinitions ?? [], values);
  if (!coerced) return null;
  const fields = selectOf({ schema: rules.schema, fragments, variables: coerced }, query, [operation.selectionSet]);
  const lookups = fields.flatMap((field): Lookup[] => {
    const rule = rules.lookups.get(field.name);
    if (!rule) return [];
    const stated = field.args.find(({ name }) => name === rule.argument)?.value;
    return [{ rule, field, keys: (Array.isArray(stated) ? stated : [stated]).map(String) }];
  });
  if (lookups.length === 0) return null;
  const found = new Set(lookups.map(({ field }) => field.responseKey));
  return { lookups, others: fields.map(({ responseKey }) => responseKey).filter((key) => !found.has(key)) };
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
export function relyOnKeys(
  rules: GatherRules,
  { lookups, others }: LookupFetch,
  response: GatewayGraphQLResponse,
): GatewayGraphQLResponse {
  const stated = response.errors ?? [];
  const given = response.data ?? null;
  const data: Values = Object.create(null);
  // An error about a lookup as a whole is told once more below, in words that say what it means.
  const errors: GraphQLFormattedError[] = stated.filter(({ path }) => path && path.length > 0);
  for (const key of others) {
    data[key] = given ? (own(given, key) ?? null) : null;
    if (!given) errors.push(unanswered([key]));
  }
  for (const { rule, field, keys } of lookups) {
    const key = field.responseKey;
    const value = given ? own(given, key) : null;
    const values: readonly unknown[] =
      rule.many && Array.isArray(value) && value.length === keys.length ? value : [value];
    let relied = true;
    const entities = keys.map((entityKey, i) => {
      const found = readEntity(rules, rule, field, entityKey, values.length === keys.length ? values[i] : null);
      if (found.reliable) return found.values;
      relied = false;
      errors.push(...found.missing.map((name) => unanswered(rule.many ? [key, i, name] : [key, name])));
      return found.values;
    });
    if (!relied) errors.push({ message: UNRELIABLE, path: [key], extensions: { code: 'INDEX_UNAVAILABLE' } });
    data[key] = rule.many ? entities : (entities[0] ?? null);
  }
  return { data, ...(errors.length > 0 && { errors }) };
}

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

function readEntity(
  rules: GatherRules,
  { entity }: LookupRule,
  field: SelectedField,
  key: string,
  value: unknown,
): FoundEntity {
  const fields = field.selected?.get(entity.type) ?? [];
  const object = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  const isTheOne =
    object !== null &&
    fields
      .filter(({ name }) => name === entity.key)
      .every(({ responseKey }) => canonicalKey(rules, entity, own(object, responseKey)) === key);
  const routed = (name: string): boolean => name === entity.routing;
  const saysWhom =
    isTheOne && fields.every(({ name, responseKey }) => !routed(name) || isListOfCodes(own(object, responseKey)));
  if (saysWhom) return { values: Object.assign(Object.create(null), object), reliable: true, missing: [] };
  const values: Values = Object.create(null);
  const missing: string[] = [];
  for (const { name, responseKey } of fields) {
    if (name === '__typename') values[responseKey] = entity.type;
    else if (name === entity.key) values[responseKey] = key;
    else {
      values[responseKey] = isTheOne && !routed(name) ? (own(object, responseKey) ?? null) : null;
      if (!routed(name) && !isTheOne) missing.push(responseKey);
    }
  }
  return { values, reliable: false, missing };
}
