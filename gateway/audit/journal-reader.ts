import { type FileHandle, open } from 'node:fs/promises';
import { LONGEST_LINE_BYTES } from '@caregraph/service/audit/chain.ts';
import { listSegments, type Segment } from './segments.ts';

const LINE_FEED = 0x0a;

/** Lines that the access subgraph has not got are no longer in the folder. */
export class LinesGoneError extends Error {
  override readonly name = 'LinesGoneError';
}

/** Reads lines of a journal back while it is written, from wherever they are asked for, mostly from where it last stopped. */
export class JournalReader {
  readonly #folder: string;
  /** Where the line after `after` begins. */
  #place: { after: number; segment: Segment; offset: number } | null = null;
  #open: { file: string; handle: FileHandle } | null = null;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * The lines after the one of this number, up to `last`, as many as fit into `maxBytes`, and at least one.
   *
   * @throws LinesGoneError when the segment that should hold them is not there.
   */
  async read(after: number, last: number, maxBytes: number): Promise<string[]> {
    if (after >= last) return [];
    const place = await this.#seek(after);
    let bytes = await this.#bytes(place.segment, place.offset, maxBytes);
    // One line may be longer than all that should be read at once.
    if (!bytes.includes(LINE_FEED)) bytes = await this.#bytes(place.segment, place.offset, LONGEST_LINE_BYTES + 1);
    const lines: string[] = [];
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      if (after + lines.length >= last) break;
      lines.push(bytes.toString('utf8', start, end));
      start = end + 1;
    }
    if (lines.length > 0) {
      this.#place = { after: after + lines.length, segment: place.segment, offset: place.offset + start };
      return lines;
    }
    // This segment has come to its end; the next one begins with the line that is wanted.
    const next = listSegments(this.#folder).find(({ first }) => first === after + 1);
    if (!next || next.file === place.segment.file) throw gone(after + 1);
    this.#place = { after, segment: next, offset: 0 };
    return this.read(after, last, maxBytes);
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    await open?.handle.close();
  }

  async #seek(after: number): Promise<{ segment: Segment; offset: number }> {
    if (this.#place?.after === after) return this.#place;
    const segment = listSegments(this.#folder).findLast(({ first }) => first <= after + 1);
    if (!segment) throw gone(after + 1);
    let offset = 0;
    let seq = segment.first;
    while (seq <= after) {
      const bytes = await this.#bytes(segment, offset, LONGEST_LINE_BYTES + 1);
      if (!bytes.includes(LINE_FEED)) throw gone(seq);
      let start = 0;
      for (let end = bytes.indexOf(LINE_FEED); end >= 0 && seq <= after; end = bytes.indexOf(LINE_FEED, start)) {
        start = end + 1;
        seq++;
      }
      offset += start;
    }
    return { segment, offset };
  }

  async #bytes({ file }: Segment, offset: number, length: number): Promise<Buffer> {
    if (this.#open?.file !== file) {
      await this.close();
      this.#open = { file, handle: await open(file, 'r') };
    }
    const buffer = Buffer.allocUnsafe(length);
    const { bytesRead } = await this.#open.handle.read(buffer, 0, length, offset);
    return buffer.subarray(0, bytesRead);
  }
}

const gone = (seq: number): LinesGoneError =>
  new LinesGoneError(
    `Line ${seq} of the audit journal, which the access subgraph has not got, is not in the folder. Put its segment back: only what has been shipped may be archived.`,
  );
