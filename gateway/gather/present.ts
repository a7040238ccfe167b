import { getNamedType, isObjectType } from 'graphql';
import { Completed } from './complete.ts';
import type { Gathered } from './merge.ts';
import type { Values } from './outcome.ts';
import type { GatherRules } from './rules.ts';
import type { Selected, SelectedField } from './selection.ts';

/** What is known of a custodian, by field name, such as its code and its name. */
export type CustodianFacts = Readonly<Record<string, unknown>>;

/** Tells what is known of a custodian by its code, whether it is a known one or not. */
export type DescribeCustodian = (custodian: string) => CustodianFacts;

/**
 * A gathered record as it goes to the client: a copy, in the order of the selection, stamped with whose it is. It is made
 * anew for every place in which the record stands, since the gateway goes on to write into it.
 */
export function presentRecord(
  rules: GatherRules,
  describe: DescribeCustodian,
  selected: Selected,
  { custodian, record }: Gathered,
): Values {
  const object = (of: Selected, { type, values }: Completed): Values => {
    const presented = typed(type);
    for (const field of of.get(type) ?? []) {
      presented[field.responseKey] = value(type, field, values[field.responseKey]);
    }
    return presented;
  };

  const value = (type: string, field: SelectedField, completed: unknown): unknown => {
    if (field.name === '__typename') return type;
    switch (rules.stamps.get(type)?.get(field.name)) {
      case 'QUALIFIED_ID':
        return `${custodian}:${record.id}`;
      case 'CUSTODIAN':
        return presentFacts(field, describe(custodian));
      case undefined:
        return copy(field, completed);
    }
  };

  const copy = (field: SelectedField, completed: unknown): unknown => {
    if (Array.isArray(completed)) return completed.map((item: unknown) => copy(field, item));
    return completed instanceof Completed && field.selected ? object(field.selected, completed) : completed;
  };

  return object(selected, record.object);
}

/** An object that the gateway knows by itself, as it was selected. */
export function presentFacts(field: SelectedField, facts: CustodianFacts): Values {
  const type = getNamedType(field.type);
  const presented = isObjectType(type) ? typed(type.name) : Object.create(null);
  for (const { responseKey, name, ...inner } of (isObjectType(type) && field.selected?.get(type.name)) || []) {
    const value = name === '__typename' ? type.name : (facts[name] ?? null);
    presented[responseKey] = isFacts(value) ? presentFacts({ responseKey, name, ...inner }, value) : value;
  }
  return presented;
}

/**
 * An object that says which type it has, whether it was asked or not: without it, Apollo Gateway leaves out what a fragment
 * on an interface asks of that type alone.
 */
function typed(type: string): Values {
  const values: Values = Object.create(null);
  values.__typename = type;
  return values;
}

const isFacts = (value: unknown): value is CustodianFacts =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
