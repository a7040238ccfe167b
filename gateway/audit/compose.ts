import { type Head, type LineBody, LONGEST_UNSIGNED_LINES, writeLine } from '@caregraph/service/audit/chain.ts';
import { type AuditSigner, signHead } from '@caregraph/service/audit/keys.ts';

/** Where a chain stands. */
export interface ChainState {
  readonly chain: string;
  readonly head: Head;
  /** How many lines stand after the last checkpoint. */
  readonly unsigned: number;
}

/** Lines that follow one another, and where the chain stands with them. */
export interface Composed {
  readonly lines: readonly string[];
  readonly state: ChainState;
}

/**
 * Writes the lines that follow, with checkpoints where there must be some, and one at the end when asked for. Nothing is
 * changed by that: a chain stands where it stood until its lines are kept.
 *
 * @param at the time, as RFC 3339 has it.
 */
export function compose(
  from: ChainState,
  bodies: readonly LineBody[],
  { signer, at, signed }: { signer: AuditSigner; at: string; signed: boolean },
): Composed {
  const { chain } = from;
  const lines: string[] = [];
  let { head, unsigned } = from;
  const add = (body: LineBody): void => {
    const written = writeLine(chain, head, at, body);
    lines.push(written.text);
    head = written.head;
    unsigned++;
  };
  const sign = (): void => {
    const { key, signature } = signHead(signer, { chain, at, ...head });
    add({ kind: 'checkpoint', key, signature });
    unsigned = 0;
  };
  for (const body of bodies) {
    if (unsigned >= LONGEST_UNSIGNED_LINES) sign();
    add(body);
  }
  if (signed) sign();
  return { lines, state: { chain, head, unsigned } };
}
