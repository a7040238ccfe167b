import type { Reply } from '../gather/scope.ts';

/**
 * What the ordinary subgraphs replied in one request, so that the planner's fetches can be gone through again without
 * asking anybody again: a mutation is never sent twice.
 */
export class Replay {
  readonly #replies = new Map<string, Promise<Reply>[]>();
  #pass: 'first' | 'again' | 'again, without errors' = 'first';
  #given = new Map<string, number>();

  /** Whether any data source was asked. */
  begun = false;

  /** Whether anything was missing from what an ordinary subgraph answered. */
  doubtful = false;

  /** From here on, what was replied before is replied again. */
  again(options: { readonly withErrors: boolean }): void {
    this.#pass = options.withErrors ? 'again' : 'again, without errors';
    this.#given = new Map();
  }

  /** Whether errors are held back, so that the gateway looks for those that it passes over when there are others. */
  get withholdsErrors(): boolean {
    return this.#pass === 'again, without errors';
  }

  /** The reply to a fetch: the one that there was before, when there was one, and otherwise the one that comes now. */
  reply(fetch: string, ask: () => Promise<Reply>): Promise<Reply> {
    const replies = this.#replies.get(fetch) ?? [];
    const given = this.#given.get(fetch) ?? 0;
    this.#given.set(fetch, given + 1);
    const known = this.#pass === 'first' ? undefined : replies[given];
    if (known) return known;
    const reply = ask();
    this.#replies.set(fetch, [...replies, reply]);
    return reply;
  }
}
