import type { Key } from './complete.ts';
import type { EntityRule } from './rules.ts';
import type { Unit } from './unit.ts';

/** One list of one entity, asked of one custodian. */
export interface Question {
  readonly unit: Unit;
  /** The entity's key, in its canonical form. */
  readonly key: Key;
}

/** A GraphQL request to a custodian, and where in the answer each question's part will stand. */
export interface Request {
  readonly query: string;
  readonly operationName: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly groups: readonly Group[];
}

/** Entities of one type of which the same lists are asked. */
export interface Group {
  readonly alias: string;
  readonly entity: EntityRule;
  readonly keys: readonly Key[];
  readonly units: readonly { readonly alias: string; readonly unit: Unit }[];
}

/** The response key under which an entity's key comes back. */
export const KEY_ALIAS = 'gatherKey';

/**
 * Writes one request for any number of questions. The text depends on what is asked, never on whom or for whom: keys and
 * arguments are variables, so that a custodian can prepare it once.
 */
export function writeRequest(questions: readonly Question[]): Request {
  const groups = groupQuestions(questions);
  const variables: Record<string, unknown> = {};
  const declarations: string[] = [];
  const variable = (type: string, value: unknown): string => {
    const name = `v${declarations.length}`;
    variables[name] = value;
    declarations.push(`$${name}: ${type}`);
    return `$${name}`;
  };
  const fields = groups.map(({ alias, entity, keys, units }) => {
    const representations = keys.map((key) => ({ __typename: entity.type, [entity.key]: key }));
    const lists = units.map(({ alias: list, unit }) => unit.write(list, variable));
    return `${alias}: _entities(representations: ${variable('[_Any!]!', representations)}) { ... on ${entity.type} { ${KEY_ALIAS}: ${entity.key} ${lists.join(' ')} } }`;
  });
  return {
    query: `query Gather(${declarations.join(', ')}) { ${fields.join(' ')} }`,
    operationName: 'Gather',
    variables,
    groups,
  };
}

function groupQuestions(questions: readonly Question[]): Group[] {
  const byEntity = new Map<string, { entity: EntityRule; key: Key; units: Map<string, Unit> }>();
  for (const { unit, key } of questions) {
    const id = `${unit.entity.type} ${key}`;
    const entry = byEntity.get(id) ?? { entity: unit.entity, key, units: new Map() };
    entry.units.set(unit.id, unit);
    byEntity.set(id, entry);
  }
  const groups = new Map<string, { entity: EntityRule; keys: Key[]; units: Unit[] }>();
  for (const { entity, key, units } of byEntity.values()) {
    const id = [entity.type, ...[...units.keys()].sort()].join('\n');
    const group = groups.get(id);
    if (group) group.keys.push(key);
    else groups.set(id, { entity, keys: [key], units: [...units.values()] });
  }
  return [...groups.values()].map(({ entity, keys, units }, g) => ({
    alias: `g${g}`,
    entity,
    keys,
    units: units.map((unit, u) => ({ alias: `f${u}`, unit })),
  }));
}

/** Names a question within a request. */
export const questionId = ({ unit, key }: Question): string => `${unit.id}\n${key}`;
