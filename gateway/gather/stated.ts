import type { Request } from './ask.ts';
import { own } from './complete.ts';
import type { Fault, FaultKind } from './outcome.ts';

/**
 * The faults that a response states in its errors, by the part of the request that they are about. An error whose path
 * leads to no such part is about all of them: nobody knows what it cost.
 */
export class StatedFaults {
  readonly #at = new Map<string, Fault>();
  readonly #within = new Map<string, Fault>();

  constructor({ groups }: Request, errors: readonly unknown[]) {
    const parts = new Map(groups.map((group) => [group.alias, group]));
    for (const error of errors) {
      const fields = typeof error === 'object' && error !== null ? error : {};
      const stated = own(fields, 'path');
      const [alias, index, list]: readonly unknown[] = Array.isArray(stated) ? stated : [];
      const fault = faultOf(own(fields, 'extensions'));
      const group = typeof alias === 'string' ? parts.get(alias) : undefined;
      if (!group) keepFirst(this.#at, EVERYTHING, fault);
      else if (typeof index !== 'number' || !(index in group.keys)) keepFirst(this.#at, group.alias, fault);
      else {
        const unit = group.units.find((each) => each.alias === list);
        keepFirst(this.#at, unit ? place(group.alias, index, unit.alias) : place(group.alias, index), fault);
        keepFirst(this.#within, place(group.alias, index), fault);
      }
    }
  }

  /** The fault that a part of the request has: its own, or that of something that it is a part of. */
  at(alias: string, index?: number, list?: string): Fault | null {
    return this.#first(
      index === undefined ? [EVERYTHING, alias] : [EVERYTHING, alias, place(alias, index), place(alias, index, list)],
    );
  }

  /** The same for an entity that is not there, which may also be the doing of a fault in any of its lists. */
  within(alias: string, index: number): Fault | null {
    return this.#within.get(place(alias, index)) ?? this.at(alias, index);
  }

  #first(places: readonly string[]): Fault | null {
    for (const each of places) {
      const fault = this.#at.get(each);
      if (fault) return fault;
    }
    return null;
  }
}

const EVERYTHING = '';

const place = (alias: string, index: number, list = ''): string => `${alias} ${index} ${list}`;

function keepFirst(faults: Map<string, Fault>, at: string, fault: Fault): void {
  if (!faults.has(at)) faults.set(at, fault);
}

/** What the codes that subgraphs use mean here. Their messages are never passed on: they may hold anything. */
function faultOf(extensions: unknown): Fault {
  const code = typeof extensions === 'object' && extensions !== null ? own(extensions, 'code') : undefined;
  switch (code) {
    case 'FORBIDDEN':
    case 'UNAUTHENTICATED':
    case 'ACCESS_DENIED':
      return fault('REFUSED', 'It declined to answer.');
    case 'UNSUPPORTED':
    case 'GRAPHQL_VALIDATION_FAILED':
      return fault('UNSUPPORTED', 'It does not serve what was asked.');
    case 'INVALID_RECORD':
      return fault('INVALID', 'What it answered was set aside: a record did not fit the contract.');
    case 'TIMED_OUT':
      return fault('TIMED_OUT', 'Its own records system did not answer in time.');
    default:
      return fault('UNAVAILABLE', 'It answered that it had failed.');
  }
}

const fault = (kind: FaultKind, reason: string): Fault => ({ kind, reason });
