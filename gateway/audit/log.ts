import { type LineBody, LONGEST_LINE_BYTES, NO_LINES } from '@caregraph/service/audit/chain.ts';
import { type AuditEntry, auditEntry } from '@caregraph/service/audit/entry.ts';
import { type AuditSigner, signHead } from '@caregraph/service/audit/keys.ts';
import type { Logger } from '@caregraph/service/log.ts';
import type { After } from '../after.ts';
import type { Clock } from '../gather/patience.ts';
import { type ChainState, compose } from './compose.ts';
import { DirectChain } from './direct.ts';
import { type Journal, openJournal } from './journal.ts';
import { type Send, Shipper } from './shipper.ts';
import { readWitness, Witness } from './witness.ts';

/** Nothing could be written, anywhere: nothing may be released. */
export class AuditUnavailableError extends Error {
  readonly code = 'AUDIT_UNAVAILABLE';
  override readonly name = 'AuditUnavailableError';
}

/** The record of who looked, as one gateway process writes it. */
export interface AuditLog {
  /**
   * Resolves once the entry is on disk (or, while the disk fails, with the access subgraph). No answer leaves before.
   *
   * @throws AuditUnavailableError when it can be written nowhere.
   * @throws TypeError when the entry is not as it must be.
   */
  record(entry: AuditEntry): Promise<void>;
  /**
   * Resolves, with what is worth telling of it, while entries can be written.
   *
   * @throws AuditUnavailableError when they cannot.
   */
  ready(): Promise<AuditState>;
  /** Writes what is waiting, signs the last checkpoint, ships what can be shipped, and lets go of the journal. */
  close(): Promise<void>;
}

/** How the log is doing. */
export interface AuditState {
  /** Where entries go. */
  readonly writing: 'journal' | 'direct';
  /** How many lines of the journal the access subgraph has not got; `null` when it has not yet said what it has. */
  readonly unshipped: number | null;
}

export interface AuditLogOptions {
  /** The journal's folder: on a local disk, and for this process alone. */
  readonly folder: string;
  /** The witness's file: on another disk, or with somebody else. */
  readonly witness: string;
  /** The gateway's id, a URI, by which its chains are known. */
  readonly gateway: string;
  readonly signer: AuditSigner;
  /** How the access subgraph is reached; `null` when there is none. */
  readonly send: Send | null;
  readonly clock: Clock;
  readonly after: After;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  /** A new UUID. */
  readonly newId: () => string;
  readonly log: Logger;
  /** A segment that has grown to this many bytes is followed by another. */
  readonly segmentBytes?: number;
}

const SEGMENT_BYTES = 16 * 1024 * 1024;

/** While there is traffic, so often at least what was written is vouched for by a signature. */
const CHECKPOINT_MS = 5_000;

/** And without: an officer sees by it that nothing is missing up to then. */
const IDLE_CHECKPOINT_MS = 60_000;

/** Under load, entries gather for so long before they are written together: each flush costs the disk the same. */
const SHORTEST_BETWEEN_FLUSHES_MS = 5;

/** So much is written together at most. */
const LARGEST_BATCH_BYTES = 512 * 1024;

/** After the journal has failed, entries go elsewhere for so long before it is tried again. */
const JOURNAL_RETRY_MS = 5_000;

/** What a line takes beside its entry, generously. */
const LINE_OVERHEAD_BYTES = 1_024;

/**
 * Opens the audit log of a gateway. What a crash has left in its journal is healed, and shipped.
 *
 * @throws FolderInUseError when another process writes the journal.
 * @throws BrokenJournalError when it is not as it was written.
 * @throws when nothing can be written there.
 */
export async function openAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  const { folder, after, segmentBytes = SEGMENT_BYTES, log } = options;
  const witness = readWitness(options.witness);
  const { journal, found, healed } = await openJournal({ folder, segmentBytes, after, witness });
  if (healed) log.warn({ healed }, 'the audit journal ended in a torn line, which was moved aside');
  const state = found ?? { chain: options.newId(), head: NO_LINES, unsigned: 0 };
  const first: LineBody[] = [];
  if (!found) first.push({ kind: 'opened', gateway: options.gateway, medium: 'journal' });
  if (healed) first.push({ kind: 'healed', ...healed });
  const audit = new GatewayAuditLog(options, journal, state);
  try {
    await audit.begin(first);
  } catch (error) {
    await journal.close();
    throw error;
  }
  return audit;
}

/** What waits to be written; without a body it only asks whether anything can be. */
interface Waiting {
  readonly body: LineBody | null;
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: AuditUnavailableError) => void;
}

class GatewayAuditLog implements AuditLog {
  readonly #options: AuditLogOptions;
  readonly #journal: Journal;
  readonly #witness: Witness;
  readonly #shipper: Shipper | null;
  readonly #direct: DirectChain | null;
  /** Where the journal's chain stands. */
  #state: ChainState;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | null = null;
  #flushedAt = Number.NEGATIVE_INFINITY;
  #isCheckpointDue = false;
  #checkpointAt = 0;
  #cancelCheckpoint = (): void => {};
  /** When the journal failed; `null` while it does not. */
  #failedAt: number | null = null;
  #isUnavailable = false;
  #isClosing = false;

  constructor(options: AuditLogOptions, journal: Journal, state: ChainState) {
    const { gateway, signer, send, clock, after, random, newId, log } = options;
    this.#options = options;
    this.#journal = journal;
    this.#state = state;
    this.#witness = new Witness(options.witness, after, log);
    const shipped = {
      chain: state.chain,
      head: () => journal.head ?? NO_LINES,
      read: (seq: number, maxBytes: number) => journal.read(seq, maxBytes),
    };
    this.#shipper = send && new Shipper({ journal: shipped, send, clock, after, random, log });
    this.#direct = send && new DirectChain({ gateway, signer, send, newId });
  }

  /** Writes the first lines of this process, and vouches for whatever the last one has left. */
  async begin(first: readonly LineBody[]): Promise<void> {
    await this.#toJournal(first, true);
    this.#awaitCheckpoint();
  }

  async record(entry: AuditEntry): Promise<void> {
    // What stands in the journal must be readable by whoever gets it: one line that is not would hold up all that follow.
    const result = auditEntry.safeParse(entry);
    if (!result.success) {
      const wrong = result.error.issues.map(({ path, message }) => `${path.map(String).join('.')} ${message}`);
      throw new TypeError(`This audit entry is not as it must be: ${[...new Set(wrong)].join('; ')}.`);
    }
    const bytes = Buffer.byteLength(JSON.stringify(entry)) + LINE_OVERHEAD_BYTES;
    if (bytes > LONGEST_LINE_BYTES) throw new TypeError('This audit entry is too long to be kept.');
    await this.#wait({ kind: 'entry', entry: result.data }, bytes);
  }

  async ready(): Promise<AuditState> {
    // Nobody sends requests to a gateway that is not ready, so that it would never find out that it is again.
    if (this.#isUnavailable) await this.#wait(null, 0);
    return {
      writing: this.#failedAt === null ? 'journal' : 'direct',
      unshipped: this.#shipper?.unshipped ?? null,
    };
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#cancelCheckpoint();
    await this.#flushing;
    // What it has left there must be taken back first: it may be elsewhere by now.
    await this.#journal.settle();
    this.#isCheckpointDue = true;
    this.#flush();
    await this.#flushing;
    await this.#shipper?.close();
    await this.#witness.close();
    await this.#journal.close();
  }

  #wait(body: LineBody | null, bytes: number): Promise<void> {
    if (this.#isClosing) return Promise.reject(new AuditUnavailableError('This gateway is closing.'));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ body, bytes, resolve, reject });
    this.#flush();
    return promise;
  }

  #awaitCheckpoint(): void {
    this.#cancelCheckpoint = this.#options.after(CHECKPOINT_MS, () => this.#tick());
  }

  #tick(): void {
    this.#awaitCheckpoint();
    const isIdle = this.#state.unsigned === 0;
    if (isIdle && this.#options.clock.elapsed() - this.#checkpointAt < IDLE_CHECKPOINT_MS) return;
    this.#isCheckpointDue = true;
    this.#flush();
  }

  #flush(): void {
    this.#flushing ??= this.#flushAll();
  }

  async #flushAll(): Promise<void> {
    const { clock, after } = this.#options;
    while (this.#waiting.length > 0 || this.#isCheckpointDue) {
      const pause = this.#flushedAt + SHORTEST_BETWEEN_FLUSHES_MS - clock.elapsed();
      await new Promise<void>((resolve) => (pause > 0 ? after(pause, resolve) : resolve()));
      this.#flushedAt = clock.elapsed();
      const signed = this.#isCheckpointDue;
      this.#isCheckpointDue = false;
      await this.#write(this.#take(), signed);
    }
    this.#flushing = null;
  }

  /** What is written together: as much as there is, within bounds. */
  #take(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const each of this.#waiting) {
      bytes += each.bytes;
      if (count > 0 && bytes > LARGEST_BATCH_BYTES) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #write(batch: readonly Waiting[], signed: boolean): Promise<void> {
    try {
      const bodies = batch.flatMap(({ body }) => body ?? []);
      // A checkpoint of the journal belongs there and nowhere else.
      if (batch.length === 0) await this.#toJournal([], signed);
      else await this.#somewhere(bodies, signed);
      this.#isUnavailable = false;
      for (const { resolve } of batch) resolve();
    } catch (error) {
      if (batch.length === 0) return;
      if (!this.#isUnavailable) this.#options.log.error({ err: error }, 'audit entries can be written nowhere');
      this.#isUnavailable = true;
      for (const { reject } of batch) {
        reject(new AuditUnavailableError('The audit log cannot be written, so nothing is released.', { cause: error }));
      }
    }
  }

  /** To the journal; to the access subgraph while the disk fails; and when neither can be, to whichever recovers first. */
  async #somewhere(bodies: readonly LineBody[], signed: boolean): Promise<void> {
    const { clock } = this.#options;
    const isTried = this.#failedAt === null || clock.elapsed() - this.#failedAt >= JOURNAL_RETRY_MS;
    const ways = [() => this.#toJournal(bodies, signed), () => this.#toAccess(bodies)];
    let reason: unknown;
    for (const write of isTried ? ways : ways.toReversed()) {
      try {
        return await write();
      } catch (error) {
        reason = error;
      }
    }
    throw reason;
  }

  async #toJournal(bodies: readonly LineBody[], signed: boolean): Promise<void> {
    const { signer, clock, log } = this.#options;
    try {
      await this.#journal.repair();
      const at = clock.now().toISOString();
      const all = [...(this.#direct?.kept() ?? []), ...bodies];
      const isSigned = signed || this.#failedAt !== null;
      if (all.length === 0 && !isSigned) return;
      const { lines, state } = compose(this.#state, all, { signer, at, signed: isSigned });
      await this.#journal.append(lines, state.head);
      this.#state = state;
      if (state.unsigned === 0) this.#checkpointAt = clock.elapsed();
    } catch (error) {
      if (this.#failedAt === null) log.error({ err: error }, 'the audit journal cannot be written');
      this.#failedAt = clock.elapsed();
      throw error;
    }
    if (this.#failedAt !== null) log.info('the audit journal is written again');
    this.#failedAt = null;
    this.#direct?.leave();
    const { chain, head } = this.#state;
    this.#witness.tell(() => signHead(signer, { chain, ...head, at: clock.now().toISOString() }));
    this.#shipper?.wake();
  }

  async #toAccess(bodies: readonly LineBody[]): Promise<void> {
    if (!this.#direct) throw new Error('There is no access subgraph that entries could go to instead.');
    await this.#direct.append(bodies, this.#options.clock.now().toISOString());
  }
}
