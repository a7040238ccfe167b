import { type GraphQLObjectType, getNamedType, isObjectType } from 'graphql';
import { type EntityRule, type GatherRules, type ListRule, qualifiedId } from './rules.ts';
import { isAmbiguous, type Selected, type SelectedArgument, type SelectedField } from './selection.ts';

/**
 * One gathered list as it was asked for: the field, its arguments, and what is selected of its records. Two of the same
 * `id` are the same question, wherever in a request they stand.
 */
export interface Unit {
  readonly id: string;
  readonly entity: EntityRule;
  readonly rule: ListRule;
  readonly record: GraphQLObjectType;
  /** All that is selected, with what the gateway fills in. */
  readonly selected: Selected;
  /** How many records are wanted; `null` for all. */
  readonly limit: number | null;
  /** The response key under which a record's own id is asked for. */
  readonly idKey: string;
  /** The response key under which the value that orders the list is asked for. */
  readonly orderKey: string;
  /** Writes the field as it is asked of a custodian, under the alias given. */
  readonly write: (alias: string, variable: Variable) => string;
}

/** Gives a value a name in the query's variables, and returns what stands in the query's text for it. */
export type Variable = (type: string, value: unknown) => string;

/** Makes a unit of a selected field. */
export function unitOf(rules: GatherRules, entity: EntityRule, rule: ListRule, field: SelectedField): Unit {
  const record = getNamedType(field.type);
  if (!isObjectType(record) || !field.selected)
    throw new Error(`${entity.type}.${rule.field} is not a list of records.`);
  const idField = qualifiedId(rules.stamps, record.name);
  if (!idField) throw new Error(`${record.name} has no field for its id.`);
  const fields = field.selected.get(record.name) ?? [];
  const taken = new Set(fields.map(({ responseKey }) => responseKey));
  const idKey = free('gatherId', taken);
  const orderKey = free('gatherOrder', taken);
  const args = field.args.flatMap(stated);
  const limit = rule.limit === null ? undefined : args.find(({ name }) => name === rule.limit)?.value;
  const write: Unit['write'] = (alias, variable) =>
    `${alias}: ${writeCall({ name: rule.field, args }, variable)} { ${idKey}: ${idField} ${orderKey}: ${rule.orderBy} ${writeFields(rules, record.name, fields, variable)} }`;
  return {
    id: write(entity.type, (type, value) => `${type}=${JSON.stringify(value)}`),
    entity,
    rule,
    record,
    selected: field.selected,
    limit: typeof limit === 'number' ? limit : null,
    idKey,
    orderKey,
    write,
  };
}

/** A response key that none of those taken is. */
export const free = (name: string, taken: ReadonlySet<string>): string =>
  taken.has(name) ? free(`${name}_`, taken) : name;

/**
 * An argument of `null` is as good as left out: whoever sends it has filled in nothing, and does not mean the records that
 * the default keeps away. It is settled here, so that all custodians understand it alike.
 */
function stated(argument: SelectedArgument): readonly SelectedArgument[] {
  const value = argument.value ?? argument.fallback ?? null;
  return value === null ? [] : [{ ...argument, value }];
}

function writeCall({ name, args }: Pick<SelectedField, 'name' | 'args'>, variable: Variable): string {
  if (args.length === 0) return name;
  return `${name}(${args.map((argument) => `${argument.name}: ${variable(argument.type, argument.value)}`).join(', ')})`;
}

/** The fields to ask for: neither what the gateway stamps nor the names of types that are known beforehand. */
function writeFields(rules: GatherRules, type: string, fields: readonly SelectedField[], variable: Variable): string {
  return fields
    .filter(({ name }) => name !== '__typename' && !rules.stamps.get(type)?.has(name))
    .map((field) => {
      const call = writeCall(field, variable);
      const asked = field.responseKey === field.name ? call : `${field.responseKey}: ${call}`;
      return field.selected ? `${asked} { ${writeSelected(rules, field, field.selected, variable)} }` : asked;
    })
    .join(' ');
}

function writeSelected(rules: GatherRules, field: SelectedField, selected: Selected, variable: Variable): string {
  if (isAmbiguous(field.type)) {
    const branches = [...selected].map(([type, fields]) => {
      const text = writeFields(rules, type, fields, variable);
      return text && `... on ${type} { ${text} }`;
    });
    return ['__typename', ...branches].join(' ').trim();
  }
  const text = [...selected].map(([type, fields]) => writeFields(rules, type, fields, variable)).join(' ');
  return text || '__typename';
}

/** Why so many records cannot be wanted; `null` when they can. */
export function limitFault({ rule, limit }: Unit): string | null {
  if (limit === null || (limit >= 0 && limit <= (rule.atMost ?? Number.POSITIVE_INFINITY))) return null;
  return rule.atMost === null
    ? `"${rule.limit}" must be 0 or more.`
    : `"${rule.limit}" must be from 0 to ${rule.atMost}.`;
}

/** The questions that find out whether a custodian answers, and holds anything, of an entity. */
export function probes(rules: GatherRules, entity: EntityRule): readonly Unit[] {
  const type = rules.schema.getType(entity.type);
  if (!isObjectType(type)) return [];
  return [...entity.lists.values()]
    .filter(({ visible }) => visible)
    .flatMap((rule) => {
      const field = type.getFields()[rule.field];
      if (!field) return [];
      const selected = new Map([[getNamedType(field.type).name, []]]);
      return [
        unitOf(rules, entity, rule, {
          responseKey: rule.field,
          name: rule.field,
          type: field.type,
          args: [],
          selected,
        }),
      ];
    });
}
