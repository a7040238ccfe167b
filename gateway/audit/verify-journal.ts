import { setTimeout as pause } from 'node:timers/promises';
import type { AuditKeys } from '@caregraph/service/audit/keys.ts';
import { type Anchor, ChainVerifier, type Verification } from '@caregraph/service/audit/verify.ts';
import { listSegments, type RawLine, readSegment } from './segments.ts';

export interface JournalToVerify {
  /** The folders that hold its segments: the journal's own, and those to which old ones were moved. */
  readonly folders: readonly string[];
  readonly keys: AuditKeys;
  /** What others know of it. Read them before the journal: while a gateway writes, it knows more than they do, never less. */
  readonly anchors: readonly Anchor[];
}

/** A gateway that is writing has finished its line by then. */
const WRITE_MS = 200;

/** Checks a whole journal, while it is written or not, without changing anything. */
export async function verifyJournal(journal: JournalToVerify): Promise<Verification> {
  const first = await verifyOnce(journal);
  if (first.findings.every(({ kind }) => kind !== 'TORN')) return first;
  // The end of a line that is just being written looks like one that a crash has torn.
  await pause(WRITE_MS);
  return verifyOnce(journal);
}

function verifyOnce({ folders, keys, anchors }: JournalToVerify): Promise<Verification> {
  return verifyLines(readJournal(folders), new ChainVerifier(keys, anchors));
}

/** Checks lines as they stand there. */
export async function verifyLines(lines: AsyncIterable<RawLine>, verifier: ChainVerifier): Promise<Verification> {
  for await (const { text, torn } of lines) {
    if (torn) verifier.noLine('TORN');
    else if (text === null) verifier.noLine('UNREADABLE');
    else verifier.line(text);
  }
  return verifier.finish();
}

/** The lines of a journal as they stand there, from the first to the last. */
export async function* readJournal(folders: readonly string[]): AsyncGenerator<RawLine> {
  for (const segment of listSegments(...folders)) yield* readSegment(segment);
}
