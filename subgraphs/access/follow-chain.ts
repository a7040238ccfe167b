import { type ChainLine, type Head, readLine } from '@caregraph/service/audit/chain.ts';

/** What lines that were sent are to a chain that ends with a certain line. */
export type Followed =
  /** They continue it, or stand in it already. */
  | {
      /** Lines that follow the last one, in order. */
      readonly added: readonly PlacedLine[];
      /** Lines of which others stand under the same numbers: the same ones, if they have the same hashes. */
      readonly known: readonly PlacedLine[];
      readonly why: null;
    }
  /** They do not; why, in words without any of their content. */
  | { readonly why: string };

/** A line, and its text as it was sent. */
export interface PlacedLine {
  readonly line: ChainLine;
  readonly text: string;
}

/**
 * Whether lines follow a chain that ends with `head`. They are in order, each intact and written after the one before it.
 * Their signatures are for `npm run audit -- verify` to check, which has the gateways' keys.
 */
export function followChain(chain: string, head: Head, texts: readonly string[]): Followed {
  const added: PlacedLine[] = [];
  const known: PlacedLine[] = [];
  let before: Head | undefined;
  for (const text of texts) {
    const { line, fault } = readLine(text);
    if (!line)
      return { why: fault === 'ALTERED' ? 'A line was altered: its hash is not that of its content.' : NO_LINE };
    const { seq, prev, hash } = line;
    const place = `Line ${seq}`;
    if (line.chain !== chain) return { why: `${place} is of another chain.` };
    if ((seq === 1) !== (line.kind === 'opened'))
      return { why: `${place} does not say what the first line, and it alone, says.` };
    if (before && seq !== before.seq + 1) return { why: `${place} was sent after line ${before.seq}.` };
    if (!before && seq > head.seq + 1) return { why: `${place} was sent, and the last one here is line ${head.seq}.` };
    const last = seq === head.seq + 1 ? head : before;
    if (last && prev !== last.hash) return { why: `${place} was written after another line ${seq - 1}.` };
    (seq > head.seq ? added : known).push({ line, text });
    before = { seq, hash };
  }
  return { added, known, why: null };
}

const NO_LINE = 'What was sent cannot be read as lines of an audit chain.';
