import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip } from 'node:zlib';

/** The content codings that are taken (RFC 9110, Accept-Encoding), one of them at most. */
export const ACCEPTED_CODINGS = 'gzip, br';

/** What came of reading a body: its bytes, or why there are none. */
export type Body = Buffer | 'TOO_LONG' | 'UNREADABLE';

/**
 * Reads the body of an answer, and no more of it than `most` bytes, neither as it travels nor as it is.
 *
 * @param coding what the header `Content-Encoding` says.
 * @throws when the connection breaks, or `signal` aborts, before the end.
 */
export async function readBody(
  body: Readable,
  coding: string | string[] | undefined,
  most: number,
  signal: AbortSignal,
): Promise<Body> {
  if (coding === undefined || coding === 'identity') return collect(body, most);
  const decoder = decoderOf(coding);
  if (!decoder) {
    // A body that is destroyed says so by an error, which would otherwise end the process.
    body.on('error', () => {}).destroy();
    return 'UNREADABLE';
  }
  return decode(body, decoder, most, signal);
}

function decoderOf(coding: string | string[]): Transform | null {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    default:
      return null;
  }
}

async function decode(body: Readable, decoder: Transform, most: number, signal: AbortSignal): Promise<Body> {
  let broken: { readonly error: unknown } | null = null;
  let result: Body = 'UNREADABLE';
  const received = async function* (): AsyncGenerator<Uint8Array> {
    let size = 0;
    try {
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        size += chunk.byteLength;
        if (size > most) break;
        yield chunk;
      }
    } catch (error) {
      broken = { error };
      throw error;
    }
    if (size > most) throw new TooLong();
  };
  try {
    await pipeline(
      received,
      decoder,
      async (decoded: AsyncIterable<Uint8Array>) => {
        result = await collect(decoded, most);
        // A pipeline of which the last part merely ends would first decode the rest.
        if (result === 'TOO_LONG') throw new TooLong();
      },
      { signal },
    );
    return result;
  } catch (error) {
    if (broken || signal.aborted) throw error;
    return error instanceof TooLong ? 'TOO_LONG' : 'UNREADABLE';
  }
}

class TooLong extends Error {
  override readonly name = 'TooLong';
}

/** All of a body, or as much as it takes to know that it is longer; the rest is not read. */
async function collect(body: AsyncIterable<Uint8Array>, most: number): Promise<Buffer | 'TOO_LONG'> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > most) return 'TOO_LONG';
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
