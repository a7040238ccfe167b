import {
  type DocumentNode,
  type FragmentDefinitionNode,
  getVariableValues,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { canonical, type Key, own } from './complete.ts';
import type { EntityRule, GatherRules, Manifest } from './rules.ts';
import { type SelectedField, selectOf } from './selection.ts';
import { type Unit, unitOf } from './unit.ts';

/** One field of an entity as a fetch of the planner asks for it. */
export type FetchedField = { readonly responseKey: string } & (
  | { readonly kind: 'list'; readonly unit: Unit }
  | { readonly kind: 'manifest'; readonly manifest: Manifest; readonly field: SelectedField }
  | { readonly kind: 'key' }
  | { readonly kind: 'typename' }
);

/** One representation of a fetch, and what is asked of it. */
export interface FetchedEntity {
  readonly rule: EntityRule;
  /** In its canonical form; `null` when the representation holds none. */
  readonly key: Key | null;
  readonly representation: object;
  readonly fields: readonly FetchedField[];
}

/**
 * Reads what a fetch of the planner asks of each of its representations.
 *
 * @throws when it is not a fetch of gathered entities: the supergraph and the planner disagree.
 */
export function readFetch(
  rules: GatherRules,
  document: DocumentNode,
  values: Readonly<Record<string, unknown>>,
): readonly FetchedEntity[] {
  const { operation, fragments } = partsOf(document);
  const { representations } = values;
  if (!Array.isArray(representations)) throw new Error('A gathered subgraph is asked for entities only.');
  const definitions = operation.variableDefinitions?.filter(
    ({ variable }) => variable.name.value !== 'representations',
  );
  const { coerced, errors } = getVariableValues(rules.schema, definitions ?? [], values);
  if (errors) throw new Error('The variables of a fetch do not fit the schema.');
  const context = { schema: rules.schema, fragments, variables: coerced };
  const sets = operation.selectionSet.selections.flatMap((node): SelectionSetNode[] =>
    node.kind === Kind.FIELD && node.name.value === '_entities' && node.selectionSet ? [node.selectionSet] : [],
  );
  const byType = new Map<string, readonly FetchedField[]>();
  return representations.map((representation: unknown): FetchedEntity => {
    const object = typeof representation === 'object' && representation !== null ? representation : {};
    const rule = rules.entities.get(String(own(object, '__typename')));
    const type = rule && rules.schema.getType(rule.type);
    if (!rule || !isObjectType(type))
      throw new Error('A gathered subgraph was asked for an entity that is not gathered.');
    let fields = byType.get(rule.type);
    if (!fields) {
      fields = selectOf(context, type, sets).map((field) => fetchedField(rules, rule, field));
      byType.set(rule.type, fields);
    }
    return { rule, key: canonical(rule.keyType, own(object, rule.key)), representation: object, fields };
  });
}

function fetchedField(rules: GatherRules, rule: EntityRule, field: SelectedField): FetchedField {
  const { responseKey, name } = field;
  const list = rule.lists.get(name);
  if (list) return { kind: 'list', responseKey, unit: unitOf(rules, rule, list, field) };
  const manifest = rule.manifest.get(name);
  if (manifest) return { kind: 'manifest', responseKey, manifest, field };
  if (name === rule.key) return { kind: 'key', responseKey };
  if (name === '__typename') return { kind: 'typename', responseKey };
  throw new Error(`${rule.type}.${name} is neither gathered nor told by the gateway.`);
}

/** The one operation of a fetch's document, and its fragments. */
export function partsOf(document: DocumentNode): {
  operation: OperationDefinitionNode;
  fragments: ReadonlyMap<string, FragmentDefinitionNode>;
} {
  const fragments = new Map<string, FragmentDefinitionNode>();
  let operation: OperationDefinitionNode | undefined;
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) operation = definition;
    else if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  if (!operation) throw new Error('A fetch has an operation.');
  return { operation, fragments };
}
