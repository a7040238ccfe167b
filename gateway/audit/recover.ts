import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type ChainLine, type Head, NO_HASH, readLine, type SignedHead } from '@caregraph/service/audit/chain.ts';
import { listSegments, type Segment } from './segments.ts';

/** The journal is not as it was written, in a way that a crash does not bring about. */
export class BrokenJournalError extends Error {
  override readonly name = 'BrokenJournalError';

  constructor(what: string) {
    super(
      `${what} Find out what has happened to it (npm run audit -- verify), keep the folder and the witness as evidence, and give the gateway an empty folder and a new witness.`,
    );
  }
}

/** Bytes that were moved aside, since they are no whole lines. */
export interface Healed {
  /** The name of the file that holds them now, beside the segments. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What a journal holds. */
export interface Recovered {
  /** The chain, its last line, and how many lines follow its last checkpoint; `null` when there is no line. */
  readonly found: { readonly chain: string; readonly head: Head; readonly unsigned: number } | null;
  readonly healed: Healed | null;
  /** The segment to go on with, and how long it is; `null` when there is none. */
  readonly segment: (Segment & { readonly bytes: number }) | null;
}

/**
 * Reads the end of a journal, holds it against its own hashes and the witness, and moves aside what a crash has left of the
 * last write: a line without its line feed, or, where power was lost, blocks that were never filled. Nobody had been told
 * that these were kept. Whole lines that nobody was told of are kept: an entry too many does no harm.
 *
 * @throws BrokenJournalError for anything else that is wrong, and changes nothing then.
 */
export function recover(folder: string, witness: SignedHead | null): Recovered {
  const segments = listSegments(folder);
  const last = segments.at(-1);
  const end = last ? readGoodLines(last, segments.at(-2) ?? null) : null;
  if (last && end) refuseUnlessTorn(last, end);
  // A segment in which nothing stands was begun by a write that did not come to be; the one before it ends the chain.
  const empty = last && end?.lines.length === 0 ? last : null;
  const kept = empty ? segments.at(-2) : last;
  const lines = empty && kept ? readGoodLines(kept, segments.at(-3) ?? null) : end;
  if (empty && kept && lines?.torn.length) throw altered(lines.next, kept);
  const line = lines?.lines.at(-1) ?? null;
  holdAgainst(witness, line, lines?.lines ?? []);

  const healed = last && end && end.torn.length > 0 ? moveAside(folder, last, end) : null;
  if (empty) rmSync(empty.file);
  if (!kept || !lines || !line) return { found: null, healed, segment: null };
  const unsigned = lines.lines.length - 1 - lines.lines.findLastIndex(({ kind }) => kind === 'checkpoint');
  return {
    found: { chain: line.chain, head: { seq: line.seq, hash: line.hash }, unsigned },
    healed,
    segment: { ...kept, bytes: lines.bytes },
  };
}

interface GoodLines {
  /** The lines from the segment's beginning that are whole and follow one another. */
  readonly lines: readonly ChainLine[];
  /** How many bytes they are. */
  readonly bytes: number;
  /** What stands after them. */
  readonly torn: Buffer;
  /** The number of the line that would follow. */
  readonly next: number;
}

function readGoodLines(segment: Segment, before: Segment | null): GoodLines {
  const bytes = readFileSync(segment.file);
  const previous = before && lastLine(before);
  if (previous && previous.seq + 1 !== segment.first) {
    throw new BrokenJournalError(`The lines from ${previous.seq + 1} on, before ${segment.file}, are not there.`);
  }
  let prev = previous?.hash ?? (segment.first === 1 ? NO_HASH : null);
  let chain = previous?.chain ?? null;
  const lines: ChainLine[] = [];
  let start = 0;
  for (let end = bytes.indexOf('\n'); end >= 0; end = bytes.indexOf('\n', start)) {
    const line = parse(bytes.subarray(start, end));
    if (line?.seq !== segment.first + lines.length) break;
    if (line.prev !== (prev ?? line.prev) || line.chain !== (chain ?? line.chain)) break;
    lines.push(line);
    ({ hash: prev, chain } = line);
    start = end + 1;
  }
  return { lines, bytes: start, torn: bytes.subarray(start), next: segment.first + lines.length };
}

function lastLine(segment: Segment): ChainLine {
  const bytes = readFileSync(segment.file);
  const start = bytes.lastIndexOf('\n', bytes.length - 2) + 1;
  const line = bytes.at(-1) === 0x0a ? parse(bytes.subarray(start, -1)) : null;
  if (line) return line;
  throw new BrokenJournalError(`The last line of ${segment.file} is not as it was written.`);
}

function parse(bytes: Buffer): ChainLine | null {
  return isUtf8(bytes) ? readLine(bytes.toString('utf8')).line : null;
}

/** What a crash leaves is a line without its end, or, in what was last written, blocks never filled: no line holds a NUL. */
function refuseUnlessTorn(segment: Segment, { torn, next }: GoodLines): void {
  if (torn.includes('\n') && !torn.includes(0)) throw altered(next, segment);
}

function altered(seq: number, segment: Segment): BrokenJournalError {
  return new BrokenJournalError(`Line ${seq} of the audit journal, in ${segment.file}, is not as it was written.`);
}

/** The witness is told of nothing that is not on the disk: what it knows must be there. */
function holdAgainst(witness: SignedHead | null, last: ChainLine | null, known: readonly ChainLine[]): void {
  if (!witness) return;
  const { chain, seq, hash: expected } = witness;
  if (chain !== last?.chain) {
    throw new BrokenJournalError(`The witness knows of the chain ${chain}, and the audit journal does not hold it.`);
  }
  if (seq > last.seq) {
    throw new BrokenJournalError(`The audit journal ends with line ${last.seq}, and the witness knows of line ${seq}.`);
  }
  const line = known.find((each) => each.seq === seq);
  if (line && line.hash !== expected) {
    throw new BrokenJournalError(`Line ${seq} of the audit journal is not the one that the witness knows of.`);
  }
}

function moveAside(folder: string, segment: Segment, { torn, bytes }: GoodLines): Healed {
  const sha256 = hash('sha256', torn, 'hex');
  const file = `${basename(segment.file, '.jsonl')}-${sha256.slice(0, 16)}.torn`;
  writeFileSync(join(folder, file), torn, { mode: 0o600, flush: true });
  truncateSync(segment.file, bytes);
  const handle = openSync(segment.file, 'r+');
  fsyncSync(handle);
  closeSync(handle);
  return { file, bytes: torn.length, sha256 };
}
