import {
  type ChainLine,
  type Head,
  headOfCheckpoint,
  type LineFault,
  LONGEST_UNSIGNED_LINES,
  NO_HASH,
  readLine,
  type SignedHead,
} from './chain.ts';
import { type AuditKeys, checkHead } from './keys.ts';

/** What may be wrong with a chain. */
export type FindingKind =
  /** A line's hash is not that of its content: it was edited. */
  | 'ALTERED'
  /** What stands there is no line at all. */
  | 'UNREADABLE'
  /** A line ends in its middle, as a crash leaves it. The gateway moves it aside when it next opens its journal. */
  | 'TORN'
  /** Lines that were there are not. */
  | 'DELETED'
  /** A line stands in another place than it was written at. */
  | 'REORDERED'
  /** A line stands there twice. */
  | 'REPEATED'
  /** The next line was written after another line than this one. */
  | 'REPLACED'
  /** A line of another chain stands among these. */
  | 'OTHER_CHAIN'
  /** A signature is not that of its key: what it should vouch for was rewritten. */
  | 'BAD_SIGNATURE'
  /** A signature is of a key that is not trusted. */
  | 'UNKNOWN_KEY'
  /** Lines without a signature where there must be one. */
  | 'UNSIGNED'
  /** The chain ends before a line that is known to have been written. */
  | 'CUT_TAIL'
  /** A line is another than the one that is known to have been written: it, or what came before it, was rewritten. */
  | 'REWRITTEN';

/** Something that is wrong with a chain, and where. */
export interface Finding {
  readonly kind: FindingKind;
  /** The number of the line, or of the first of several; `null` when it is about no line. */
  readonly seq: number | null;
  /** The number of the last of several lines; that of the line itself when it is one. */
  readonly upTo: number | null;
  /** The id of the entry, when the line holds one and it can be read. */
  readonly entry: string | null;
  /** In words, without any patient's number. */
  readonly message: string;
}

/** What somebody else knows of a chain: a witness, the access subgraph, an auditor's note of last month. */
export interface Anchor {
  /** Who says so, in words, such as "the witness". */
  readonly source: string;
  readonly chain: string;
  /** The last line that it knows of. A signed one is believed only when the signature is good. */
  readonly head: SignedHead | Head;
}

/** What was found out of a chain. */
export interface Verification {
  /** The chain's id; `null` when no line could be read. */
  readonly chain: string | null;
  /** How many good lines there are, and how many of them are entries. */
  readonly lines: number;
  readonly entries: number;
  /** The last good line; `null` when there is none. */
  readonly head: Head | null;
  /** Up to where the lines are vouched for by a good signature, in the chain or a witness; `null` when nowhere. */
  readonly signed: { readonly seq: number; readonly at: string } | null;
  /** Everything that is wrong, in the order in which it was found; none when the chain is as it was written. */
  readonly findings: readonly Finding[];
}

/** Checks the lines of one chain, from its first to its last, against the keys that are trusted and what others know of it. */
export function verify(lines: Iterable<string>, keys: AuditKeys, anchors: readonly Anchor[] = []): Verification {
  const verifier = new ChainVerifier(keys, anchors);
  for (const line of lines) verifier.line(line);
  return verifier.finish();
}

/** The same for lines that come one after another: `line` for each, then `finish`. */
export class ChainVerifier {
  readonly #keys: AuditKeys;
  readonly #anchors: readonly Anchor[];
  readonly #findings: Finding[] = [];
  /** Lines that are not good ones, which wait for a good one to say where they are. */
  readonly #faulty: { readonly fault: LineFault | 'TORN'; readonly entryId: string | null }[] = [];
  /** Lines that were not there when others after them were: first and last of each gap. */
  readonly #gaps: [from: number, to: number][] = [];
  #chain: string | null = null;
  #lines = 0;
  #entries = 0;
  #head: Head | null = null;
  #signed: { seq: number; at: string } | null = null;
  #lastCheckpoint = 0;
  /** The last line of the chain so far. Its hash is not known when it is not a good one. */
  #last: { readonly seq: number; readonly hash: string | null; readonly entry: string | null };

  constructor(keys: AuditKeys, anchors: readonly Anchor[] = []) {
    this.#keys = keys;
    this.#anchors = anchors.filter((anchor) => this.#isBelieved(anchor));
    this.#last = { seq: 0, hash: NO_HASH, entry: null };
  }

  /** The next line, without its line feed. */
  line(text: string): void {
    const read = readLine(text);
    if (read.line) this.#good(read.line);
    else this.#faulty.push({ fault: read.fault, entryId: read.entryId });
  }

  /** What stands where a line should be, and is no text, or has no end. */
  noLine(fault: 'UNREADABLE' | 'TORN'): void {
    this.#faulty.push({ fault, entryId: null });
  }

  /** Once the last line has been given. */
  finish(): Verification {
    this.#placeFaulty(this.#last.seq + this.#faulty.length + 1);
    for (const [from, to] of this.#gaps) {
      this.#find('DELETED', from, to, null, `${lines(from, to)} ${from === to ? 'is' : 'are'} missing.`);
    }
    this.#checkUnsigned(this.#last.seq);
    if (this.#lastCheckpoint === 0 && this.#last.seq > 0) {
      this.#find('UNSIGNED', 1, this.#last.seq, null, 'There is no checkpoint at all: a chain begins with one.');
    }
    for (const { source, chain, head } of this.#anchors) {
      if (chain !== this.#chain) {
        const known = `${source} knows of the chain ${chain}, up to line ${head.seq}`;
        this.#find('OTHER_CHAIN', null, null, null, `${known}, and nothing of it is here.`);
      } else if (head.seq > this.#last.seq) {
        const from = this.#last.seq + 1;
        const why = `${source} knows of line ${head.seq}, and the log ends with line ${this.#last.seq}`;
        this.#find(
          'CUT_TAIL',
          from,
          head.seq,
          null,
          `${lines(from, head.seq)} ${from === head.seq ? 'has' : 'have'} been cut off: ${why}.`,
        );
      }
    }
    return {
      chain: this.#chain,
      lines: this.#lines,
      entries: this.#entries,
      head: this.#head,
      signed: this.#signed,
      findings: this.#findings,
    };
  }

  #good(line: ChainLine): void {
    const { chain, seq, hash } = line;
    this.#chain ??= chain;
    const entry = line.kind === 'entry' ? line.entry.id : null;
    const after = `after line ${this.#last.seq}`;
    if (chain !== this.#chain) {
      this.#find('OTHER_CHAIN', seq, seq, entry, `Line ${seq} of another chain stands ${after}.`);
      return;
    }
    const isInOrder = seq > this.#last.seq;
    if (!isInOrder && !this.#fillsGap(seq)) {
      this.#find('REPEATED', seq, seq, entry, `Line ${seq} stands there again, ${after}.`);
      return;
    }
    this.#lines++;
    if (entry) this.#entries++;
    this.#checkAgainstAnchors(line, entry);
    if (!isInOrder) {
      this.#find('REORDERED', seq, seq, entry, `Line ${seq} stands ${after}.`);
      return;
    }
    this.#placeFaulty(seq);
    this.#skipTo(seq);
    const { seq: before, hash: known, entry: replaced } = this.#last;
    if (before === seq - 1 && known !== null && known !== line.prev) {
      this.#find(
        'REPLACED',
        before,
        before,
        replaced,
        `Line ${before} is not the one that line ${seq} was written after.`,
      );
    }
    this.#last = { seq, hash, entry };
    this.#head = { seq, hash };
    if (line.kind === 'checkpoint') this.#checkpoint(line);
  }

  /** Gives the faulty lines that stand before this good one their numbers: what they claim themselves is not to be relied upon. */
  #placeFaulty(good: number): void {
    const first = this.#last.seq + 1;
    for (const [i, { fault, entryId }] of this.#faulty.entries()) {
      const seq = Math.max(first, good - this.#faulty.length + i);
      this.#skipTo(seq);
      this.#find(fault, seq, seq, entryId, `Line ${seq} ${FAULTS[fault]}.`);
      this.#last = { seq, hash: null, entry: entryId };
    }
    this.#faulty.length = 0;
  }

  /** Notes that what stands between the last line and this one is not there. */
  #skipTo(seq: number): void {
    if (seq > this.#last.seq + 1) this.#gaps.push([this.#last.seq + 1, seq - 1]);
  }

  #fillsGap(seq: number): boolean {
    const at = this.#gaps.findIndex(([from, to]) => from <= seq && seq <= to);
    const [from, to] = this.#gaps[at] ?? [];
    if (from === undefined || to === undefined) return false;
    const rest: [number, number][] = [
      [from, seq - 1],
      [seq + 1, to],
    ];
    this.#gaps.splice(at, 1, ...rest.filter(([first, last]) => first <= last));
    return true;
  }

  #checkpoint(line: ChainLine & { readonly kind: 'checkpoint' }): void {
    const { seq, at } = line;
    this.#checkUnsigned(seq - 1);
    const from = this.#lastCheckpoint + 1;
    this.#lastCheckpoint = seq;
    const state = checkHead(headOfCheckpoint(line), this.#keys);
    if (state === 'GOOD') {
      this.#vouch(seq - 1, at);
      return;
    }
    const rewritten = `${lines(from, seq)} may have been written by anybody`;
    const why =
      state === 'UNKNOWN_KEY'
        ? 'it is signed with a key that is not among those that are trusted'
        : 'its signature is not that of its key';
    this.#find(state, from, seq, null, `Line ${seq} is a checkpoint, and ${why}: ${rewritten}.`);
  }

  /** Lines up to this one that stand after the last checkpoint are few enough. */
  #checkUnsigned(last: number): void {
    if (last - this.#lastCheckpoint <= LONGEST_UNSIGNED_LINES) return;
    const from = this.#lastCheckpoint + 1;
    const rule = `no more than ${LONGEST_UNSIGNED_LINES} lines stand between two checkpoints`;
    this.#find('UNSIGNED', from, last, null, `Nothing vouches for ${lines(from, last, 'lower')}: ${rule}.`);
  }

  #checkAgainstAnchors({ chain, seq, hash }: ChainLine, entry: string | null): void {
    for (const { source, chain: known, head } of this.#anchors) {
      if (known !== chain || head.seq !== seq) continue;
      if (head.hash !== hash) {
        const why = `${source} knows of another line of this number`;
        this.#find('REWRITTEN', seq, seq, entry, `Line ${seq}, or what came before it, was rewritten: ${why}.`);
      } else if ('signature' in head) {
        this.#vouch(seq, head.at);
      }
    }
  }

  #vouch(seq: number, at: string): void {
    if (seq > (this.#signed?.seq ?? 0)) this.#signed = { seq, at };
  }

  /** Whether what an anchor says can be relied upon. */
  #isBelieved({ source, head }: Anchor): boolean {
    if (!('signature' in head)) return true;
    const state = checkHead(head, this.#keys);
    if (state === 'GOOD') return true;
    const why = state === 'UNKNOWN_KEY' ? 'a key that is not among those that are trusted' : 'another key than it says';
    this.#find(state, null, null, null, `What ${source} says is signed with ${why}.`);
    return false;
  }

  #find(kind: FindingKind, seq: number | null, upTo: number | null, entry: string | null, message: string): void {
    this.#findings.push({ kind, seq, upTo, entry, message });
  }
}

const FAULTS = {
  ALTERED: 'was edited: its hash is not that of its content',
  UNREADABLE: 'cannot be read as a line',
  TORN: 'has no end, as after a crash; the gateway heals that when it next opens the journal',
} as const;

const lines = (from: number, to: number, form: 'upper' | 'lower' = 'upper'): string => {
  const text = from === to ? `Line ${from}` : `Lines ${from} to ${to}`;
  return form === 'upper' ? text : text.toLowerCase();
};
