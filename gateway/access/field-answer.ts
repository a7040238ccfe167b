import type { GatewayExecutionResult } from '@apollo/server-gateway-interface';
import {
  type FieldNode,
  GraphQLError,
  GraphQLIncludeDirective,
  type GraphQLNamedType,
  type GraphQLObjectType,
  GraphQLSkipDirective,
  getDirectiveValues,
  getNamedType,
  getVariableValues,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { eachSelected, fragmentsOf, type Selecting, selectedBy } from './field-selection.ts';
import type { RefusedFields } from './fields.ts';

/**
 * Tells in an answer what was refused: `null` at each place where a refused field was selected, where it would have stood, and
 * an error `FORBIDDEN` with the place's path (GraphQL specification, Errors).
 *
 * Every refused field that the operation selects is told of at least once. Of one for which the answer has no place, since a
 * list is empty or something above it is `null`, an error tells without a path: what a caller may select does not depend on
 * what there happens to be, and a path to what is above would say that this was refused, and hide why it is `null`.
 *
 * @param answer what was answered to what remained; `null` when nothing was executed.
 * @param variables as the request has them.
 */
export function tellRefused(
  answer: GatewayExecutionResult | null,
  refused: RefusedFields,
  variables: Readonly<Record<string, unknown>> | undefined,
): GatewayExecutionResult {
  if (refused.fault) return { errors: [refused.fault] };
  const { schema, document, operation } = refused.asked;
  const values = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {});
  // An operation that does not get the variables it declares is not executed, and so nothing of it is refused.
  if (values.errors) return answer ?? { errors: values.errors };
  const { coerced } = values;
  const selecting: Selecting = {
    schema,
    fragments: fragmentsOf(document),
    refusals: refused.refusals,
    isIncluded: (node) => isIncluded(node, coerced),
  };

  const untold = new Map<string, string>();
  eachSelected(selecting, operation, (node, type, message) => {
    if (message !== undefined) untold.set(`${type.name}.${node.name.value}`, message);
  });
  const told: GraphQLError[] = [];
  const given = answer ? answer.data : {};
  const root = schema.getRootType(operation.operation);
  const data =
    given && root
      ? restore(refused, selecting, { type: root, sets: [operation.selectionSet] }, given, (place, path) => {
          untold.delete(place.coordinate);
          told.push(forbidden(place.message, path));
        })
      : given;
  const errors = [...(answer?.errors ?? []), ...told, ...[...untold.values()].map((message) => forbidden(message))];
  return { ...answer, ...(data !== undefined && { data }), ...(errors.length > 0 && { errors }) };
}

function isIncluded(node: SelectionNode, variables: Readonly<Record<string, unknown>>): boolean {
  return (
    getDirectiveValues(GraphQLSkipDirective, node, variables)?.if !== true &&
    getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false
  );
}

type Path = readonly (string | number)[];

const forbidden = (message: string, path?: Path): GraphQLError =>
  new GraphQLError(message, { ...(path && { path }), extensions: { code: 'FORBIDDEN' } });

/** All that is selected of a value. */
interface Selected {
  readonly type: GraphQLNamedType;
  readonly sets: readonly SelectionSetNode[];
}

/** A field of an object by its response key, as the answer is to have it. */
type Place = { readonly key: string } & (
  | { readonly kind: 'as it is' }
  | { readonly kind: 'refused'; readonly place: RefusedPlace }
  | { readonly kind: 'changed'; readonly below: Selected }
);

interface RefusedPlace {
  readonly coordinate: string;
  readonly message: string;
}

/** Gives an answer the form that was asked for: refused places put in, in their order, and what was added taken out. */
function restore(
  { changed, typeAlias }: RefusedFields,
  selecting: Selecting,
  operation: Selected,
  data: Record<string, unknown>,
  onRefused: (place: RefusedPlace, path: Path) => void,
): object {
  const path: (string | number)[] = [];
  const known = new Map<Selected, Map<GraphQLObjectType, readonly Place[]>>();

  const places = (selected: Selected, type: GraphQLObjectType): readonly Place[] => {
    const byType = known.get(selected) ?? new Map<GraphQLObjectType, readonly Place[]>();
    const found = byType.get(type) ?? placesOf(selecting, changed, selected, type);
    known.set(selected, byType.set(type, found));
    return found;
  };

  const at = <Result>(part: string | number, work: () => Result): Result => {
    path.push(part);
    const result = work();
    path.pop();
    return result;
  };

  const value = (selected: Selected, given: unknown): unknown => {
    if (given === null || typeof given !== 'object') return given;
    if (Array.isArray(given)) return given.map((item: unknown, i) => at(i, () => value(selected, item)));
    return object(selected, given);
  };

  const object = (selected: Selected, given: object): object => {
    const fields = new Map<string, unknown>(Object.entries(given));
    const type = isObjectType(selected.type) ? selected.type : selecting.schema.getType(String(fields.get(typeAlias)));
    // Where it does not say its type, nothing of it was changed.
    if (!isObjectType(type)) return given;
    const restored: Record<string, unknown> = Object.create(null);
    for (const place of places(selected, type)) {
      const { key } = place;
      if (place.kind === 'refused') {
        restored[key] = null;
        at(key, () => onRefused(place.place, [...path]));
      } else if (fields.has(key)) {
        const found = fields.get(key);
        restored[key] = place.kind === 'changed' ? at(key, () => value(place.below, found)) : found;
      }
    }
    return restored;
  };

  return object(operation, data);
}

function placesOf(
  selecting: Selecting,
  changed: ReadonlySet<SelectionSetNode>,
  { sets }: Selected,
  type: GraphQLObjectType,
): readonly Place[] {
  const byKey = new Map<string, FieldNode[]>();
  const opened = new Set<SelectionSetNode>();
  for (const set of sets) collect(selecting, type, set, byKey, opened);
  return [...byKey].map(([key, nodes]): Place => {
    const name = nodes[0]?.name.value ?? key;
    const message = selecting.refusals.get(type.name)?.get(name);
    if (message !== undefined) return { key, kind: 'refused', place: { coordinate: `${type.name}.${name}`, message } };
    const field = type.getFields()[name];
    const below = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    if (!field || !below.some((set) => changed.has(set))) return { key, kind: 'as it is' };
    return { key, kind: 'changed', below: { type: getNamedType(field.type), sets: below } };
  });
}

/** Brings the occurrences of each response key together (GraphQL specification, CollectFields). */
function collect(
  selecting: Selecting,
  type: GraphQLObjectType,
  set: SelectionSetNode,
  byKey: Map<string, FieldNode[]>,
  opened: Set<SelectionSetNode>,
): void {
  if (opened.has(set)) return;
  opened.add(set);
  for (const node of set.selections) {
    if (!selecting.isIncluded(node)) continue;
    if (node.kind !== Kind.FIELD) {
      const inner = selectedBy(selecting, node, type);
      if (inner) collect(selecting, type, inner, byKey, opened);
      continue;
    }
    const key = node.alias?.value ?? node.name.value;
    const nodes = byKey.get(key);
    if (nodes) nodes.push(node);
    else byKey.set(key, [node]);
  }
}
