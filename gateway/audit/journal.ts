import { chmodSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Head, SignedHead } from '@caregraph/service/audit/chain.ts';
import { lockFolder } from '@caregraph/service/folder-lock.ts';
import type { After } from '../after.ts';
import { JournalReader } from './journal-reader.ts';
import { type Healed, recover } from './recover.ts';
import { type Segment, segmentName } from './segments.ts';

/** Something could not be written. What of it stands on the disk is not known until the journal has been repaired. */
export class JournalFailedError extends Error {
  override readonly name = 'JournalFailedError';
}

export interface JournalOptions {
  readonly folder: string;
  /** A segment that has grown to this many bytes is followed by another. */
  readonly segmentBytes: number;
  readonly after: After;
  /** What the witness knows of the chain; `null` when it knows of none. */
  readonly witness: SignedHead | null;
}

/** What stood in the folder when it was opened. */
export interface Opened {
  readonly journal: Journal;
  /** The chain, and how many of its lines stand after its last checkpoint; `null` when nothing stands there yet. */
  readonly found: { readonly chain: string; readonly head: Head; readonly unsigned: number } | null;
  /** The torn end of the last line, when there was one; it has been moved aside. */
  readonly healed: Healed | null;
}

/**
 * Opens the journal in a folder, for this process alone, and makes the folder when there is none. It holds NHS numbers:
 * nobody but its owner may read it.
 *
 * @throws FolderInUseError when another process writes it.
 * @throws BrokenJournalError when it is not as it was written. Nothing has been changed then.
 */
export async function openJournal({ folder, segmentBytes, after, witness }: JournalOptions): Promise<Opened> {
  const unlock = lockFolder(folder);
  try {
    chmodSync(folder, 0o700);
    const { found, healed, segment } = recover(folder, witness);
    await syncFolder(folder);
    const journal = new Journal({ folder, segmentBytes, after, unlock, segment, head: found?.head ?? null });
    return { journal, found, healed };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** A segment, and how many of its bytes have been acknowledged. */
type Place = Segment & { bytes: number };

/** A write that takes longer than so many ticks of so many milliseconds has failed, for all that its caller can wait. */
const TICKS = 10;
const TICK_MS = 100;

/** The lines of one chain in files that only grow. What has been appended is on the disk. */
export class Journal {
  readonly #folder: string;
  readonly #segmentBytes: number;
  readonly #after: After;
  readonly #unlock: () => void;
  readonly #reader: JournalReader;
  #segment: Place | null;
  #head: Head | null;
  #handle: FileHandle | null = null;
  /** A write that has begun; it may go on after whoever waited for it has given up. */
  #underWay: Promise<void> | null = null;
  #isSound = true;

  constructor(options: {
    readonly folder: string;
    readonly segmentBytes: number;
    readonly after: After;
    readonly unlock: () => void;
    readonly segment: Readonly<Place> | null;
    readonly head: Head | null;
  }) {
    this.#folder = options.folder;
    this.#segmentBytes = options.segmentBytes;
    this.#after = options.after;
    this.#unlock = options.unlock;
    this.#segment = options.segment && { ...options.segment };
    this.#head = options.head;
    this.#reader = new JournalReader(options.folder);
  }

  /** The last line that is known to be on the disk; `null` before there is one. */
  get head(): Head | null {
    return this.#head;
  }

  /** Whether lines can be appended: they cannot after a failure, until it has been repaired. */
  get isSound(): boolean {
    return this.#isSound;
  }

  /**
   * Appends lines, of which the last is `head`; resolves when all of them are on the disk.
   *
   * @throws JournalFailedError when that is not certain.
   */
  async append(lines: readonly string[], head: Head): Promise<void> {
    if (!this.#isSound || this.#underWay) throw new JournalFailedError('The journal has to be repaired first.');
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    this.#isSound = false;
    const write = this.#write(bytes, head.seq - lines.length + 1);
    const settled = (): void => {
      this.#underWay = null;
    };
    this.#underWay = write.then(settled, settled);
    try {
      const segment = await this.#inGoodTime(write);
      segment.bytes += bytes.length;
    } catch (error) {
      throw new JournalFailedError('The journal could not be written.', { cause: error });
    }
    this.#isSound = true;
    this.#head = head;
  }

  /**
   * Makes certain again what stands on the disk: what was acknowledged, and nothing after it. What a failed write has left
   * there was seen by nobody, and whoever waited for it has been told that it is not there; kept, it might come to be there
   * and elsewhere as well.
   *
   * @throws JournalFailedError when the disk does not allow it yet.
   */
  async repair(): Promise<void> {
    if (this.#isSound) return;
    if (this.#underWay) throw new JournalFailedError('A write to the journal has not come back yet.');
    try {
      await this.#letGo();
      if (this.#segment) {
        const handle = await open(this.#segment.file, 'r+', 0o600);
        this.#handle = handle;
        const { size } = await handle.stat();
        if (size < this.#segment.bytes) throw new Error('The last segment is shorter than what was acknowledged.');
        await handle.truncate(this.#segment.bytes);
        await handle.sync();
      }
      this.#isSound = true;
    } catch (error) {
      throw new JournalFailedError('The journal could not be repaired.', { cause: error });
    }
  }

  /** Lines that follow the one of this number, in order, as many as fit into so many bytes, and at least one if there is one. */
  read(after: number, maxBytes: number): Promise<string[]> {
    return this.#reader.read(after, this.#head?.seq ?? 0, maxBytes);
  }

  /** Waits for a write that was given up on to come back, as long as a write may take. */
  async settle(): Promise<void> {
    if (this.#underWay) await this.#inGoodTime(this.#underWay).catch(() => {});
  }

  /** Lets go of the folder. */
  async close(): Promise<void> {
    await this.settle();
    this.#isSound = false;
    if (!this.#underWay) await this.#letGo();
    await this.#reader.close();
    this.#unlock();
  }

  /** A disk that hangs is one that fails. While this process itself stands still, no more than one tick passes. */
  async #inGoodTime<Result>(work: Promise<Result>): Promise<Result> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    let ticks = 0;
    const tick = (): (() => void) =>
      this.#after(TICK_MS, () => {
        ticks++;
        if (ticks < TICKS) cancel = tick();
        else reject(new Error('The disk has not answered.'));
      });
    let cancel = tick();
    try {
      return await Promise.race([work, late]);
    } finally {
      cancel();
    }
  }

  async #write(bytes: Buffer, first: number): Promise<Place> {
    if (!this.#segment || this.#segment.bytes >= this.#segmentBytes) await this.#begin(first);
    const segment = this.#segment;
    if (!segment) throw new Error('There is no segment to write to.');
    this.#handle ??= await open(segment.file, 'r+', 0o600);
    const handle = this.#handle;
    for (let written = 0; written < bytes.length; ) {
      const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, segment.bytes + written);
      if (bytesWritten === 0) throw new Error('Nothing could be written.');
      written += bytesWritten;
    }
    await handle.datasync();
    return segment;
  }

  /** A new segment, whose name is on the disk before anything in it is relied upon. */
  async #begin(first: number): Promise<void> {
    await this.#letGo();
    const file = join(this.#folder, segmentName(first));
    // One of this name can only be left by a write that failed here before.
    rmSync(file, { force: true });
    this.#handle = await open(file, 'wx+', 0o600);
    await syncFolder(this.#folder);
    this.#segment = { file, first, bytes: 0 };
  }

  async #letGo(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close().catch(() => {});
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
