import { canonical, own } from './complete.ts';
import { byText } from './merge.ts';
import type { EntityRule } from './rules.ts';

/** More custodians than hold something of one entity anywhere. */
const MOST_CUSTODIANS = 200;

/** The custodians to ask for one entity. */
export interface Route {
  /** Their codes, each once, in order. */
  readonly custodians: readonly string[];
  /** Whether it is known that these hold something; when not, they are all that there are. */
  readonly located: boolean;
}

/**
 * Reads from a representation whom to ask. When the routing field is `null`, or not a list of codes, nobody could say, and
 * all custodians are asked.
 */
export function routeOf(entity: EntityRule, representation: object, everybody: readonly string[]): Route {
  const codes = codesOf(entity, own(representation, entity.routing));
  if (!codes) return { custodians: everybody, located: false };
  return { custodians: codes.toSorted(byText), located: true };
}

/**
 * The codes that a value of the routing field names, as they are compared; `null` when it is not a list of codes. One that
 * is no code discredits the list, and so does one that stands there twice: whoever wrote it may have left out others. So does a
 * list that is longer than any can be: each name in it would have to be told of.
 */
export function codesOf(entity: EntityRule, value: unknown): readonly string[] | null {
  if (!Array.isArray(value) || value.length > MOST_CUSTODIANS) return null;
  const codes = value.flatMap((code: unknown) => String(canonical(entity.codeType, code) ?? '') || []);
  return codes.length === value.length && new Set(codes).size === codes.length ? codes : null;
}
