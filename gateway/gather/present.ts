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
  const values = new Presenter(rules, describe, custodian, record.id).object(selected, record.object);
  return values;
}

class Presenter {
  readonly #rules: GatherRules;
  readonly #describe: DescribeCustodian;
  readonly #custodian: string;
  readonly #id: string;

  constructor(rules: GatherRules, describe: DescribeCustodian, custodian: string, id: string) {
    this.#rules = rules;
    this.#describe = describe;
    this.#custodian = custodian;
    this.#id = id;
  }

  object(selected: Selected, { type, values }: Completed): Values {
    const presented: Values = Object.create(null);
    for (const field of selected.get(type) ?? []) {
      presented[field.responseKey] = this.#field(type, field, values[field.responseKey]);
    }
    return presented;
  }

  #field(type: string, field: SelectedField, value: unknown): unknown {
    if (field.name === '__typename') return type;
    switch (this.#rules.stamps.get(type)?.get(field.name)) {
      case 'QUALIFIED_ID':
        return `${this.#custodian}:${this.#id}`;
      case 'CUSTODIAN':
        return presentFacts(field, this.#describe(this.#custodian));
      case undefined:
        return this.#copy(field, value);
    }
  }

  #copy(field: SelectedField, value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item: unknown) => this.#copy(field, item));
    return value instanceof Completed && field.selected ? this.object(field.selected, value) : value;
  }
}

/** An object that the gateway knows by itself, as it was selected. */
export function presentFacts(field: SelectedField, facts: CustodianFacts): Values {
  const type = getNamedType(field.type);
  const presented: Values = Object.create(null);
  for (const { responseKey, name, ...inner } of (isObjectType(type) && field.selected?.get(type.name)) || []) {
    const value = name === '__typename' ? type.name : (facts[name] ?? null);
    presented[responseKey] = isFacts(value) ? presentFacts({ responseKey, name, ...inner }, value) : value;
  }
  return presented;
}

const isFacts = (value: unknown): value is CustodianFacts =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
