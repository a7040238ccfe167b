import { GraphQLID } from 'graphql';
import { type Group, KEY_ALIAS, questionId, type Request } from './ask.ts';
import { canonical, complete, completeLeaf, completeObject, Misfit, own } from './complete.ts';
import { type CheckedRecord, type Fault, nothingBut, type Outcome } from './outcome.ts';
import type { GatherRules } from './rules.ts';
import { StatedFaults } from './stated.ts';
import type { Unit } from './unit.ts';

/**
 * Reads what a custodian answered to a request: every part is checked against the key it was asked for and against the
 * schema. What does not fit is set aside, and said to be missing; it is never repaired.
 *
 * @param body the response's body, parsed from JSON, whatever it is.
 * @returns an outcome for every question of the request, by `questionId`.
 */
export function checkAnswer(rules: GatherRules, request: Request, body: unknown): ReadonlyMap<string, Outcome> {
  const response = readResponse(body);
  if (!response) return allFailed(request, invalid('not a GraphQL response'));
  const { data, errors } = response;
  if (!data && errors.length === 0) return allFailed(request, invalid('neither data nor errors'));
  const outcomes = new Map<string, Outcome>();
  const stated = new StatedFaults(request, errors);
  for (const group of request.groups) checkGroup(rules, group, data && own(data, group.alias), stated, outcomes);
  return outcomes;
}

/** The same fault for every question of a request. */
export function allFailed(request: Request, fault: Fault): ReadonlyMap<string, Outcome> {
  const outcomes = new Map<string, Outcome>();
  for (const { keys, units } of request.groups) {
    for (const key of keys) for (const { unit } of units) outcomes.set(questionId({ unit, key }), nothingBut(fault));
  }
  return outcomes;
}

/** The two parts of a GraphQL response; `null` when it is none. */
function readResponse(body: unknown): { data: object | null; errors: readonly unknown[] } | null {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return null;
  const data = own(body, 'data') ?? null;
  const errors = own(body, 'errors') ?? [];
  return typeof data === 'object' && !Array.isArray(data) && Array.isArray(errors) ? { data, errors } : null;
}

const invalid = (what: string): Fault => ({ kind: 'INVALID', reason: `What it answered was set aside: ${what}.` });

function checkGroup(
  rules: GatherRules,
  { alias, entity, keys, units }: Group,
  entities: unknown,
  stated: StatedFaults,
  outcomes: Map<string, Outcome>,
): void {
  const values = Array.isArray(entities) && entities.length === keys.length ? entities : null;
  const whole = values ? null : (stated.at(alias) ?? invalid(misnumbered(entities)));
  keys.forEach((key, i) => {
    const value: unknown = values?.[i];
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    const isTheOne = isObject && canonical(entity.keyType, own(value, KEY_ALIAS)) === key;
    for (const { alias: list, unit } of units) {
      const outcome = isTheOne
        ? checkList(rules, unit, own(value, list), stated.at(alias, i, list))
        : nothingBut(
            whole ?? (isObject ? invalid(ANOTHER) : (stated.within(alias, i) ?? invalid('an entity was null'))),
          );
      outcomes.set(questionId({ unit, key }), outcome);
    }
  });
}

const ANOTHER = 'it was not about the one that was asked for';

const misnumbered = (entities: unknown): string =>
  Array.isArray(entities) ? 'it has another number of entities than were asked for' : 'it has no entities';

function checkList(rules: GatherRules, unit: Unit, value: unknown, stated: Fault | null): Outcome {
  if (!Array.isArray(value)) return nothingBut(stated ?? invalid('a list was not a list'));
  const records = new Map<string, CheckedRecord>();
  let misfit: Fault | null = null;
  for (const item of value) {
    const record = checkRecord(rules, unit, item);
    const known = record && records.get(record.id);
    if (!record) misfit = invalid('a record did not fit the contract');
    else if (!known) records.set(record.id, record);
    else if (JSON.stringify(known) !== JSON.stringify(record)) misfit = invalid('two records had the same id');
  }
  return { records: [...records.values()], fault: stated ?? misfit };
}

function checkRecord(rules: GatherRules, unit: Unit, value: unknown): CheckedRecord | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  try {
    const id = String(completeLeaf(GraphQLID, own(value, unit.idKey)));
    const order = unit.record.getFields()[unit.rule.orderBy];
    if (!order || id === '') return null;
    return {
      id,
      order: complete(order.type, null, rules.stamps, own(value, unit.orderKey)),
      object: completeObject(unit.record.name, unit.selected.get(unit.record.name) ?? [], rules.stamps, value),
    };
  } catch (error) {
    if (error instanceof Misfit) return null;
    throw error;
  }
}
