import { own } from './complete.ts';
import { byText } from './merge.ts';
import type { EntityRule } from './rules.ts';

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
  const stated = own(representation, entity.routing);
  if (!isListOfCodes(stated)) return { custodians: everybody, located: false };
  return { custodians: [...new Set(stated)].sort(byText), located: true };
}

/** Whether a value of the routing field says whom to ask. */
export function isListOfCodes(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((code) => typeof code === 'string' && code !== '');
}
