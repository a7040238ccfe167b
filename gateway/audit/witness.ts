import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type SignedHead, signedHead } from '@caregraph/service/audit/chain.ts';
import type { Logger } from '@caregraph/service/log.ts';
import type { After } from '../after.ts';

/** So often a new head is signed at most: what a cut could hide from the witness is what came within this time. */
const SHORTEST_BETWEEN_MS = 50;

/**
 * Reads what a witness knows; `null` when there is none, or it knows of nothing.
 *
 * @throws when it cannot be read, or holds something else.
 */
export function readWitness(file: string): SignedHead | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  // Written when power was lost: it is never flushed.
  if (text.replaceAll('\0', '').trim() === '') return null;
  try {
    return signedHead.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`The witness ${file} does not hold a signed head.`, { cause: error });
  }
}

/**
 * A second place that knows the last line of a chain, signed: whoever cuts the journal's end would have to cut here as well.
 * It is written often and not flushed: after a loss of power it may know less than the journal, never more. When it
 * cannot be written, that is logged and nothing else: the journal is what must hold.
 */
export class Witness {
  readonly #file: string;
  readonly #after: After;
  readonly #log: Logger;
  /** Signs what is to be written next. */
  #latest: (() => SignedHead) | null = null;
  #writing: Promise<void> | null = null;
  #cancelPause: (() => void) | null = null;
  #isWell = true;

  constructor(file: string, after: After, log: Logger) {
    this.#file = file;
    this.#after = after;
    this.#log = log;
  }

  /** Soon, this is what the witness will know, or what it is told meanwhile. */
  tell(head: () => SignedHead): void {
    this.#latest = head;
    if (!this.#cancelPause) this.#writing ??= this.#writeAndPause();
  }

  /** Writes what it was told last. */
  async close(): Promise<void> {
    await this.#writing;
    this.#cancelPause?.();
    await this.#write();
  }

  async #writeAndPause(): Promise<void> {
    await this.#write();
    this.#writing = null;
    this.#cancelPause = this.#after(SHORTEST_BETWEEN_MS, () => {
      this.#cancelPause = null;
      if (this.#latest) this.tell(this.#latest);
    });
  }

  async #write(): Promise<void> {
    const head = this.#latest;
    this.#latest = null;
    if (!head) return;
    const draft = `${this.#file}.draft`;
    try {
      const text = `${JSON.stringify(head())}\n`;
      await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
      await writeFile(draft, text, { mode: 0o600 });
      // Whoever reads it meanwhile reads the one or the other.
      await rename(draft, this.#file);
      if (!this.#isWell) this.#log.info('the witness of the audit journal is written again');
      this.#isWell = true;
    } catch (error) {
      if (this.#isWell) this.#log.error({ err: error }, 'the witness of the audit journal cannot be written');
      this.#isWell = false;
    }
  }
}
