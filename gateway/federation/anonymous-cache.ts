import { withhold } from '@caregraph/service/withhold.ts';
import { type DocumentNode, Kind } from 'graphql';

/** The most that is kept, in characters of the JSON of all that is kept. */
const MOST_CHARACTERS = 30 * 1024 * 1024;

interface Kept<Value> {
  readonly value: Value;
  readonly characters: number;
}

/**
 * Keeps what was made of queries, so that the next of the same text is answered sooner: documents and query plans. They
 * outlive the request that they were made for, and so nothing is kept that may name a patient: no query with a string in
 * it, as people write them who do not use variables, and none with what may be a number in a name or a comment.
 */
export class AnonymousCache<Value extends object> {
  readonly #kept = new Map<string, Kept<Value>>();
  #characters = 0;

  async get(key: string): Promise<Value | undefined> {
    const kept = this.#kept.get(key);
    if (!kept) return undefined;
    // The order of a map is that of insertion: the first is the one that was not asked for the longest.
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept.value;
  }

  async set(key: string, value: Value): Promise<void> {
    const text = JSON.stringify(value) + (isDocument(value) ? (value.loc?.source.body ?? '') : '');
    if (text.includes(`"${Kind.STRING}"`) || withhold(text) !== text) return;
    await this.delete(key);
    this.#kept.set(key, { value, characters: text.length });
    this.#characters += text.length;
    for (const [oldest] of this.#kept) {
      if (this.#characters <= MOST_CHARACTERS) break;
      await this.delete(oldest);
    }
  }

  async delete(key: string): Promise<boolean> {
    this.#characters -= this.#kept.get(key)?.characters ?? 0;
    return this.#kept.delete(key);
  }

  clear(): void {
    this.#kept.clear();
    this.#characters = 0;
  }
}

const isDocument = (value: object): value is DocumentNode => 'kind' in value && value.kind === Kind.DOCUMENT;
