import { hash as digest } from 'node:crypto';
import { z } from 'zod';
import { auditEntry } from './entry.ts';

/*
 * The line format. A log is one chain: lines of JSON, numbered from 1, each of which holds the hash of the one before it.
 *
 *   {"chain":UUID,"seq":2,"prev":HASH,"at":"…","kind":"entry","entry":{…},"hash":HASH}
 *
 * `hash` is the last member, and is the SHA-256, in hexadecimal, of the line's own bytes without that member:
 * `{"chain":UUID,…,"entry":{…}}`. So nothing needs to be put into a canonical form again to check it: what was hashed is
 * what stands there, byte for byte. A line is what `JSON.stringify` makes (no spaces, no member twice), in UTF-8.
 */

/** What stands for the hash of the line before the first. */
export const NO_HASH = '0'.repeat(64);

/** No line is longer, its line feed left out; an entry that would be is refused before anything is released. */
export const LONGEST_LINE_BYTES = 4 * 1024 * 1024;

/** The longest body of `POST /audit/lines`: a line grows at most to twice its length as a string within JSON. */
export const LONGEST_SHIPMENT_BYTES = 2 * LONGEST_LINE_BYTES + 1024;

/** No more lines than this stand between two checkpoints, so that a log rewritten without its key is found by itself. */
export const LONGEST_UNSIGNED_LINES = 1_000;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const place = { chain: z.uuid(), seq: z.int().positive(), prev: sha256, at: z.iso.datetime() };

/** A signed statement that a chain had this line last: an Ed25519 signature (RFC 8032) over `headBytes`. */
export const signedHead = z.strictObject({
  chain: z.uuid(),
  /** The number of the line that is last. */
  seq: z.int().positive(),
  /** The hash of that line. */
  hash: sha256,
  /** When it was signed, as RFC 3339 has it. */
  at: z.iso.datetime(),
  /** The id of the key (RFC 7517 `kid`). */
  key: z.string().min(1),
  /** In base64url. */
  signature: z.base64url(),
});

export type SignedHead = z.infer<typeof signedHead>;

/** What somebody knows of a chain, signed or not. */
export const knownHead = z.union([
  signedHead,
  z.strictObject({ chain: z.uuid(), seq: z.int().positive(), hash: sha256 }),
]);

/** The line with which every chain begins. */
const opened = z.strictObject({
  ...place,
  kind: z.literal('opened'),
  /** The gateway that writes it: its id, a URI, the same in each of its chains. */
  gateway: z.string().min(1),
  /** `journal`: it is kept on the gateway's disk first. `direct`: that disk could not be written, and it is kept at the receiver alone. */
  medium: z.enum(['journal', 'direct']),
});

const entry = z.strictObject({ ...place, kind: z.literal('entry'), entry: auditEntry });

/** Signs the line before it: its signature is that of the `SignedHead` of `seq - 1` and `prev` at `at`. */
const checkpoint = z.strictObject({
  ...place,
  kind: z.literal('checkpoint'),
  key: z.string().min(1),
  signature: z.base64url(),
});

/** Says that bytes which no request had waited for in vain, a line torn by a crash, were moved out of the journal. */
const healed = z.strictObject({
  ...place,
  kind: z.literal('healed'),
  /** The name of the file, beside the segments, to which they were moved. */
  file: z.string().min(1),
  bytes: z.int().positive(),
  /** SHA-256 of those bytes. */
  sha256,
});

/** Says that entries went to another chain of this gateway while this one could not be written. */
const elsewhere = z.strictObject({
  ...place,
  kind: z.literal('elsewhere'),
  /** The other chain, and its last line. */
  other: z.strictObject({ chain: z.uuid(), seq: z.int().positive(), hash: sha256 }),
});

const content = z.discriminatedUnion('kind', [opened, entry, checkpoint, healed, elsewhere]);

/** A line as it stands in the log, `hash` left out. */
export type ChainContent = z.infer<typeof content>;

/** A line as it stands in the log. */
export type ChainLine = ChainContent & { readonly hash: string };

/** What a line says, its place in the chain left out. */
export type LineBody = ChainContent extends infer Each
  ? Each extends ChainContent
    ? Omit<Each, 'chain' | 'seq' | 'prev' | 'at'>
    : never
  : never;

/** The last line of a chain, or what stands for it before there is one: `{ seq: 0, hash: NO_HASH }`. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
}

/** The head of a chain in which nothing stands yet. */
export const NO_LINES: Head = { seq: 0, hash: NO_HASH };

/** Writes the line that follows `head`; returns its text, without a line feed, and the new head. */
export function writeLine(chain: string, head: Head, at: string, body: LineBody): { text: string; head: Head } {
  const { kind, ...rest } = body;
  const seq = head.seq + 1;
  const hashed = JSON.stringify({ chain, seq, prev: head.hash, at, kind, ...rest });
  const hash = digest('sha256', hashed, 'hex');
  return { text: `${hashed.slice(0, -1)},"hash":"${hash}"}`, head: { seq, hash } };
}

/** `,"hash":"` with 64 hexadecimal digits, and `"}`. */
const SEAL = /^,"hash":"([0-9a-f]{64})"\}$/;
const SEAL_LENGTH = ',"hash":""}'.length + 64;

/** Why a text is no line. */
export type LineFault =
  /** It is no line of this format at all. */
  | 'UNREADABLE'
  /** It has the form of a line, and its hash is not that of its content. */
  | 'ALTERED';

/**
 * What a text is: a line, or what is wrong with it. `entryId` is then what it says itself, for a message, and not to be
 * relied upon.
 */
export type ReadLine =
  | { readonly line: ChainLine; readonly fault: null }
  | { readonly line: null; readonly fault: LineFault; readonly entryId: string | null };

/** Reads one line, without its line feed, and checks its hash. Whether it continues a chain is for the caller to see. */
export function readLine(text: string): ReadLine {
  const hash = SEAL.exec(text.slice(-SEAL_LENGTH))?.[1];
  const hashed = `${text.slice(0, -SEAL_LENGTH)}}`;
  const value = parseJSON(hashed);
  // `JSON.stringify` alone makes lines: what differs from that, such as a member that stands twice, was made by another.
  const result = hash !== undefined && JSON.stringify(value) === hashed ? content.safeParse(value) : undefined;
  const isIntact = hash !== undefined && digest('sha256', hashed, 'hex') === hash;
  if (result?.success && isIntact) return { line: { ...result.data, hash }, fault: null };
  return { line: null, fault: result?.success ? 'ALTERED' : 'UNREADABLE', entryId: claimedId(value) };
}

const claim = z.object({ entry: z.object({ id: z.uuid() }) });

function claimedId(value: unknown): string | null {
  return claim.safeParse(value).data?.entry.id ?? null;
}

function parseJSON(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The head that a checkpoint signs. */
export function headOfCheckpoint(line: ChainLine & { readonly kind: 'checkpoint' }): SignedHead {
  const { chain, seq, prev, at, key, signature } = line;
  return { chain, seq: seq - 1, hash: prev, at, key, signature };
}

/** The bytes that the signature of a head is over: they begin with what they are, so that they pass for nothing else. */
export function headBytes({ chain, seq, hash, at }: Omit<SignedHead, 'key' | 'signature'>): Uint8Array {
  return Buffer.from(`caregraph-audit-head\n${chain}\n${seq}\n${hash}\n${at}\n`);
}

/** `POST /audit/lines`: lines of one chain, in order, without line feeds. */
export const shipment = z.strictObject({ chain: z.uuid(), lines: z.array(z.string()).min(1) });

/** The answer to `POST /audit/lines`: the number of the last line that is now kept for good. */
export const shipmentAnswer = z.object({ upTo: z.int().nonnegative() });

/** `POST /audit/head`. */
export const headQuestion = z.strictObject({ chain: z.uuid() });

/** The answer to `POST /audit/head`, and of status 409 to `POST /audit/lines`: the last line that is kept; 0 and `null` for none. */
export const headAnswer = z.union([
  z.object({ seq: z.int().positive(), hash: sha256 }),
  z.object({ seq: z.literal(0), hash: z.null() }),
]);
