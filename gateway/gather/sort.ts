import type { GatewayExecutionResult } from '@apollo/server-gateway-interface';
import { BREAK, type DocumentNode, GraphQLError, type OperationDefinitionNode, visit } from 'graphql';
import { own } from './complete.ts';
import { partsOf } from './fetch.ts';
import type { GatherRules, SortRule } from './rules.ts';
import { type SelectedField, selectOf } from './selection.ts';

/** A list of entities that an operation wants in an order of its own. */
export interface Sort {
  /** The root field, as the operation names it. */
  readonly list: string;
  /** The field of each entity by which it is ordered, as the operation names it; `null` when it is not asked for. */
  readonly key: string | null;
  readonly rule: SortRule;
}

/**
 * The lists that an operation wants in an order that is known only when everything else is.
 *
 * @param values the operation's variables, coerced (`getVariableValues`).
 */
export function sortsOf(
  rules: GatherRules,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  values: Readonly<Record<string, unknown>>,
): readonly Sort[] {
  const query = rules.schema.getQueryType();
  let names = sortable.get(document);
  if (names === undefined) {
    names = namesSort(rules, document);
    sortable.set(document, names);
  }
  if (!query || !names || operation.operation !== 'query') return [];
  const { fragments } = partsOf(document);
  const context = { schema: rules.schema, fragments, variables: values };
  return selectOf(context, query, [operation.selectionSet]).flatMap((field): Sort[] => {
    const lookup = rules.lookups.get(field.name);
    const rule = lookup && wanted(lookup.sorts, field);
    if (!lookup || !rule) return [];
    const key = field.selected?.get(lookup.entity.type)?.find(({ name }) => name === rule.by);
    return [{ list: field.responseKey, key: key?.responseKey ?? null, rule }];
  });
}

/** Whether a document asks for any order at all, which most do not; kept for as long as the document is. */
const sortable = new WeakMap<DocumentNode, boolean>();

function namesSort({ lookups }: GatherRules, document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Field({ name, arguments: given = [] }) {
      const sorts = lookups.get(name.value)?.sorts;
      if (!sorts || !given.some((argument) => sorts.has(argument.name.value))) return undefined;
      found = true;
      return BREAK;
    },
  });
  return found;
}

function wanted(
  sorts: ReadonlyMap<string, ReadonlyMap<string, SortRule>>,
  { args }: SelectedField,
): SortRule | undefined {
  for (const { name, value, fallback } of args) {
    const rule = sorts.get(name)?.get(String(value ?? fallback));
    if (rule) return rule;
  }
  return undefined;
}

/**
 * Puts the lists of an answer into the order that is wanted: `null` and what has no number last, what is equal as it was. The
 * paths of its errors go along.
 */
export function inOrder(result: GatewayExecutionResult, sorts: readonly Sort[]): GatewayExecutionResult {
  let { data, errors } = result;
  for (const { list, key, rule } of sorts) {
    const entities: unknown = data && own(data, list);
    if (!data || !Array.isArray(entities) || key === null) continue;
    const order = entities.map((entity: unknown, from) => ({ from, entity, value: numberOf(entity, key) }));
    order.sort((one, other) => compare(rule, one.value, other.value) || one.from - other.from);
    const to = new Map(order.map(({ from }, i) => [from, i]));
    data = { ...data, [list]: order.map(({ entity }) => entity) };
    errors = errors?.map((error) => moved(error, list, to));
  }
  return { ...result, ...(data !== undefined && { data }), ...(errors && { errors }) };
}

function numberOf(entity: unknown, key: string): number | null {
  const value = typeof entity === 'object' && entity !== null ? own(entity, key) : null;
  return typeof value === 'number' ? value : null;
}

function compare({ descending }: SortRule, one: number | null, other: number | null): number {
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  return descending ? other - one : one - other;
}

function moved(error: GraphQLError, list: string, to: ReadonlyMap<number, number>): GraphQLError {
  const [first, from, ...rest] = error.path ?? [];
  const place = first === list && typeof from === 'number' ? to.get(from) : undefined;
  if (place === undefined) return error;
  const { message, extensions } = error;
  return new GraphQLError(message, { path: [list, place, ...rest], extensions });
}
