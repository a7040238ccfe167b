import type { GraphQLArgument } from 'graphql';
import type { LocalDate } from './records.ts';

/** What a client says of the records it wants; `null` for what it does not say and the contract has no default for. */
export interface Arguments {
  readonly status: readonly string[] | null;
  readonly kind: readonly string[] | null;
  readonly since: LocalDate | null;
  readonly first: number | null;
}

/**
 * Reads the arguments of a gathered field. `null` is the same as leaving an argument out: a client whose variable is
 * `null` gets the contract's default, not plans that were entered in error.
 */
export function argumentsOf(defined: readonly GraphQLArgument[], given: Readonly<Record<string, unknown>>): Arguments {
  const stated = new Map<string, unknown>(defined.map(({ name, defaultValue }) => [name, given[name] ?? defaultValue]));
  const since = stated.get('since');
  const first = stated.get('first');
  return {
    status: texts(stated.get('status')),
    kind: texts(stated.get('kind')),
    since: typeof since === 'string' ? since : null,
    first: typeof first === 'number' ? first : null,
  };
}

const texts = (value: unknown): readonly string[] | null =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : null;
