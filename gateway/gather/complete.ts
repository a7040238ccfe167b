import {
  type GraphQLLeafType,
  type GraphQLOutputType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type { Values } from './outcome.ts';
import type { Stamp } from './rules.ts';
import type { Selected, SelectedField } from './selection.ts';

/** An object whose values fit the schema: its type, and what was asked of it by response key. */
export class Completed {
  readonly type: string;
  readonly values: Values;

  constructor(type: string, values: Values) {
    this.type = type;
    this.values = values;
  }
}

/** A value that does not fit the schema. Its message holds nothing of the value. */
export class Misfit extends Error {}

type Stamps = ReadonlyMap<string, ReadonlyMap<string, Stamp>>;

/**
 * Reads a value as a type of the schema: copies what was asked, and nothing else.
 *
 * @returns the value with every object a `Completed`.
 * @throws Misfit when anything in it does not fit.
 */
export function complete(type: GraphQLOutputType, selected: Selected | null, stamps: Stamps, value: unknown): unknown {
  if (isNonNullType(type)) {
    if (value === null || value === undefined) throw new Misfit(`A ${type} was null.`);
    return complete(type.ofType, selected, stamps, value);
  }
  if (value === undefined) throw new Misfit('A field that was asked for is not there.');
  if (value === null) return null;
  if (isListType(type)) {
    if (!Array.isArray(value)) throw new Misfit(`A ${type} was not a list.`);
    return value.map((item: unknown) => complete(type.ofType, selected, stamps, item === undefined ? null : item));
  }
  if (isLeafType(type)) return completeLeaf(type, value);
  if (typeof value !== 'object' || Array.isArray(value)) throw new Misfit(`A ${type} was not an object.`);
  const name = isObjectType(type) ? type.name : own(value, '__typename');
  const fields = typeof name === 'string' ? selected?.get(name) : undefined;
  if (typeof name !== 'string' || !fields) throw new Misfit(`A ${type} did not say which type it has.`);
  return completeObject(name, fields, stamps, value);
}

/** The same for an object whose type is known. What the gateway stamps is not read. */
export function completeObject(
  type: string,
  fields: readonly SelectedField[],
  stamps: Stamps,
  value: object,
): Completed {
  const values: Values = Object.create(null);
  for (const field of fields) {
    if (field.name === '__typename' || stamps.get(type)?.has(field.name)) continue;
    values[field.responseKey] = complete(field.type, field.selected, stamps, own(value, field.responseKey));
  }
  return new Completed(type, values);
}

/** A leaf as its type reads it. */
export function completeLeaf(type: GraphQLLeafType, value: unknown): unknown {
  try {
    if (isEnumType(type)) {
      if (typeof value === 'string' && type.getValue(value)) return value;
      throw new Misfit(`A ${type} was not one of its values.`);
    }
    return type.parseValue(value);
  } catch (error) {
    throw error instanceof Misfit ? error : new Misfit(`A value was not a ${type}.`);
  }
}

/** What names an entity, or a custodian. */
export type Key = string | number;

/** A key in the one form in which it is compared with others; `null` when the value is not of its type. */
export function canonical(type: GraphQLLeafType, value: unknown): Key | null {
  try {
    const key = completeLeaf(type, value);
    return typeof key === 'number' ? key : String(key);
  } catch (error) {
    if (error instanceof Misfit) return null;
    throw error;
  }
}

/** An own property, or `undefined`: nothing of a prototype is ever read. */
export function own(value: object, key: string): unknown {
  return Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}
