import { GraphQLID, getNullableType, isLeafType } from 'graphql';
import { type Group, KEY_ALIAS, questionId, type Request } from './ask.ts';
import { complete, completeLeaf, completeObject, Misfit, own } from './complete.ts';
import { type CheckedRecord, type Fault, type FaultKind, nothingBut, type Outcome } from './outcome.ts';
import type { EntityRule, GatherRules } from './rules.ts';
import type { Unit } from './unit.ts';

/**
 * Reads what a custodian answered to a request: every part is checked against the key it was asked for and against the
 * schema. What does not fit is set aside, and said to be missing; it is never repaired.
 *
 * @param body the response's body, parsed from JSON, whatever it is.
 * @returns an outcome for every question of the request, by `questionId`.
 */
export function checkAnswer(rules: GatherRules, request: Request, body: unknown): ReadonlyMap<string, Outcome> {
  const outcomes = new Map<string, Outcome>();
  const response = readResponse(body);
  for (const group of request.groups) checkGroup(rules, group, response, outcomes);
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

interface Response {
  readonly data: object | null;
  readonly errors: readonly ResponseError[];
  /** What is wrong with the response as a whole. */
  readonly misfit: string | null;
}

interface ResponseError {
  readonly path: readonly unknown[];
  readonly fault: Fault;
}

function readResponse(body: unknown): Response {
  const nothing = (misfit: string): Response => ({ data: null, errors: [], misfit });
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return nothing('not a GraphQL response');
  const data = own(body, 'data') ?? null;
  const stated = own(body, 'errors') ?? [];
  if (typeof data !== 'object' || Array.isArray(data)) return nothing('not a GraphQL response');
  if (!Array.isArray(stated)) return nothing('not a GraphQL response');
  if (data === null && stated.length === 0) return nothing('neither data nor errors');
  return { data, errors: stated.map(readError), misfit: null };
}

function readError(error: unknown): ResponseError {
  const fields = typeof error === 'object' && error !== null ? error : {};
  const path = own(fields, 'path');
  const extensions = own(fields, 'extensions');
  const code = typeof extensions === 'object' && extensions !== null ? own(extensions, 'code') : undefined;
  return { path: Array.isArray(path) ? path : [], fault: faultOf(code) };
}

/** What the codes that subgraphs use mean here. Their messages are never passed on: they may hold anything. */
function faultOf(code: unknown): Fault {
  switch (code) {
    case 'FORBIDDEN':
    case 'UNAUTHENTICATED':
    case 'ACCESS_DENIED':
      return fault('REFUSED', 'It declined to answer.');
    case 'UNSUPPORTED':
    case 'GRAPHQL_VALIDATION_FAILED':
      return fault('UNSUPPORTED', 'It does not know what was asked: it serves an older version of the contract.');
    case 'INVALID_RECORD':
      return invalid('a record did not fit the contract');
    case 'TIMED_OUT':
      return fault('TIMED_OUT', 'Its own records system did not answer in time.');
    default:
      return fault('UNAVAILABLE', 'It answered that it had failed.');
  }
}

const fault = (kind: FaultKind, reason: string): Fault => ({ kind, reason });

const invalid = (what: string): Fault => fault('INVALID', `What it answered was set aside: ${what}.`);

function checkGroup(rules: GatherRules, group: Group, response: Response, outcomes: Map<string, Outcome>): void {
  const { alias, entity, keys, units } = group;
  const entities = response.data && own(response.data, alias);
  const whole = groupFault(group, response, entities);
  keys.forEach((key, i) => {
    const value: unknown = Array.isArray(entities) ? entities[i] : undefined;
    const failed = whole ?? entityFault(rules, entity, key, value, response.errors, [alias, i]);
    for (const { alias: list, unit } of units) {
      const at = [alias, i, list];
      const outcome =
        failed || typeof value !== 'object' || value === null
          ? nothingBut(failed ?? invalid('an entity was not an object'))
          : checkList(rules, unit, own(value, list), faultAt(response.errors, at));
      outcomes.set(questionId({ unit, key }), outcome);
    }
  });
}

function groupFault({ alias, keys }: Group, response: Response, entities: unknown): Fault | null {
  if (response.misfit) return invalid(response.misfit);
  if (Array.isArray(entities) && entities.length === keys.length) return null;
  const stated = response.errors.find(({ path }) => isAtOrAbove(path, [alias]));
  if (stated) return stated.fault;
  return invalid(
    Array.isArray(entities) ? 'it has another number of entities than were asked for' : 'it has no entities',
  );
}

function entityFault(
  rules: GatherRules,
  entity: EntityRule,
  key: string,
  value: unknown,
  errors: readonly ResponseError[],
  at: readonly unknown[],
): Fault | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const stated = errors.find(({ path }) => path.length > 0 && (isAtOrAbove(path, at) || isAtOrAbove(at, path)));
    return stated?.fault ?? invalid('an entity was null');
  }
  return canonicalKey(rules, entity, own(value, KEY_ALIAS)) === key
    ? null
    : invalid('it was not about the one that was asked for');
}

/** An error at a list, below it, or nowhere: whichever it is, the list may be short. */
function faultAt(errors: readonly ResponseError[], at: readonly unknown[]): Fault | null {
  return errors.find(({ path }) => path.length < 3 || isAtOrAbove(at, path))?.fault ?? null;
}

const isAtOrAbove = (path: readonly unknown[], other: readonly unknown[]): boolean =>
  path.length <= other.length && path.every((part, i) => part === other[i]);

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

/** An entity's key in the one form in which keys are compared; `null` when the value cannot be one. */
export function canonicalKey(rules: GatherRules, entity: EntityRule, value: unknown): string | null {
  const type = rules.schema.getType(entity.type);
  const field = type && 'getFields' in type ? type.getFields()[entity.key] : undefined;
  const leaf = field && getNullableType(field.type);
  if (!isLeafType(leaf)) return null;
  try {
    return String(completeLeaf(leaf, value));
  } catch (error) {
    if (error instanceof Misfit) return null;
    throw error;
  }
}
