import { isUtf8 } from 'node:buffer';
import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** One file of a journal: lines of JSON, each with its line feed. */
export interface Segment {
  readonly file: string;
  /** The number of its first line. */
  readonly first: number;
}

const NAME = /^(\d{16})\.jsonl$/;

/** The name of the segment that begins with this line; names sort as the lines do. */
export const segmentName = (first: number): string => `${String(first).padStart(16, '0')}.jsonl`;

/** The segments in these folders, in the order of their lines. */
export function listSegments(...folders: readonly string[]): Segment[] {
  return folders
    .flatMap((folder) =>
      readdirSync(folder).flatMap((name) => {
        const first = NAME.exec(name)?.[1];
        return first ? [{ file: join(folder, name), first: Number(first) }] : [];
      }),
    )
    .sort((one, other) => one.first - other.first);
}

/**
 * What stands between two line feeds, or after the last: `torn` when no line feed ends it; its text is `null` when its
 * bytes are not UTF-8.
 */
export interface RawLine {
  readonly text: string | null;
  readonly torn: boolean;
}

const LINE_FEED = 0x0a;

/** The lines of one segment, as they stand there. */
export function readSegment({ file }: Segment): AsyncGenerator<RawLine> {
  return splitLines(createReadStream(file, { highWaterMark: 1024 * 1024 }));
}

/** The lines in what is read piece by piece. */
export async function* splitLines(pieces: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<RawLine> {
  let rest: Buffer[] = [];
  for await (const piece of pieces) {
    let start = 0;
    for (let end = piece.indexOf(LINE_FEED); end >= 0; end = piece.indexOf(LINE_FEED, start)) {
      rest.push(piece.subarray(start, end));
      yield { text: textOf(rest), torn: false };
      rest = [];
      start = end + 1;
    }
    if (start < piece.length) rest.push(piece.subarray(start));
  }
  if (rest.length > 0) yield { text: textOf(rest), torn: true };
}

/** Decoding alone would put the same character in place of whatever is no UTF-8, and two texts could pass for one. */
function textOf(parts: readonly Buffer[]): string | null {
  const bytes = Buffer.concat(parts);
  return isUtf8(bytes) ? bytes.toString('utf8') : null;
}
