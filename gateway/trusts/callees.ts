import type { Logger } from '@caregraph/service/log.ts';
import type { After } from '../after.ts';
import type { Clock } from '../gather/patience.ts';
import { Callee, type CalleeState } from './callee.ts';
import type { Trust } from './registry.ts';
import type { Transport } from './transport.ts';

/** A part of the deadline in which a callee is expected to answer, so that not to is held against it. */
const FAIR = 0.5;

/** The index has half of a request's time at most, and others may have spent some of it before. */
const FAIR_TO_SUBGRAPHS = 0.25;

export interface CalleesOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  readonly after: After;
  /** How long a request may take that states no time of its own, in milliseconds. */
  readonly deadlineMs: () => number;
  readonly log: Logger;
}

/** Everybody whom the gateway calls for its callers, each with policies and counts of its own. */
export class Callees {
  readonly #options: CalleesOptions;
  readonly #known = new Map<string, { readonly urls: readonly string[]; readonly callee: Callee }>();
  readonly #closing = new AbortController();

  constructor(options: CalleesOptions) {
    this.#options = options;
  }

  trust({ odsCode, url, also = [] }: Trust): Callee {
    return this.#callee('trust', odsCode, [url, ...also], FAIR);
  }

  subgraph({ name, url }: { readonly name: string; readonly url: string }): Callee {
    return this.#callee('subgraph', name, [url], FAIR_TO_SUBGRAPHS);
  }

  /** How each callee does that was called at least once, by kind and name, such as `trust RW5`. */
  states(): ReadonlyMap<string, CalleeState> {
    return new Map([...this.#known].map(([id, { callee }]) => [id, callee.state]));
  }

  /** Gives up what nobody waits for. */
  close(): void {
    this.#closing.abort(new Error('The gateway is closing down.'));
  }

  /** Who has moved is somebody else: nothing that was learnt of the old address says anything of the new one. */
  #callee(kind: 'trust' | 'subgraph', name: string, urls: readonly [string, ...string[]], fair: number): Callee {
    const id = `${kind} ${name}`;
    const known = this.#known.get(id);
    if (known && known.urls.length === urls.length && known.urls.every((url, i) => url === urls[i])) {
      return known.callee;
    }
    const { log, ...rest } = this.#options;
    const callee = new Callee({
      ...rest,
      urls,
      fair,
      closing: this.#closing.signal,
      onOpen: (address, why) =>
        log.warn({ [kind]: name, address, why }, 'a callee fails, and is not asked for a moment'),
      onClose: (address) => log.info({ [kind]: name, address }, 'a callee that failed is asked again'),
    });
    this.#known.set(id, { urls, callee });
    return callee;
  }
}
