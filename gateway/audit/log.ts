import type { AuditEntry } from '@caregraph/service/audit/entry.ts';

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
   */
  record(entry: AuditEntry): Promise<void>;
  /**
   * Resolves, with what is worth telling of it, while entries can be written.
   *
   * @throws AuditUnavailableError when they cannot.
   */
  ready(): Promise<AuditState>;
  /** Writes what is waiting, signs the last checkpoint, and lets go of the journal. */
  close(): Promise<void>;
}

/** How the log is doing. */
export interface AuditState {
  /** Where entries go. */
  readonly writing: 'journal' | 'direct';
  /** How many lines of the journal the access subgraph has not yet got; `null` when nothing has been shipped so far. */
  readonly unshipped: number | null;
}
