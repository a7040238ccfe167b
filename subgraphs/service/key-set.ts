import { readFileSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JWTVerifyGetKey,
} from 'jose';
import { z } from 'zod';
import { ConfigError } from './config.ts';
import { contentFingerprint, reloading } from './reloading.ts';

/** Where an issuer's public keys stand, as a JSON Web Key Set (RFC 7517): at an address, or in a file. */
export const keySource = z.union([
  z.strictObject({
    url: z.url().refine(isTrustworthy, 'must be an https address, or an http address of this machine itself'),
  }),
  z.strictObject({ file: z.string().min(1) }),
]);

export type KeySource = z.infer<typeof keySource>;

/**
 * An issuer's public keys, as jose asks for the key of a token. It looks where it was told to and nowhere else: a token's
 * `jku`, `x5u`, `jwk` and `x5c` mean nothing to it. It rejects with `KeysUnavailableError` when nobody can say which key
 * it is, and with another of jose's errors when the token is signed with none of the issuer's keys.
 */
export interface KeySet extends JWTVerifyGetKey {
  /** Another number whenever the keys in force are others. */
  edition(): number;
  /**
   * Sees to it that the keys follow their issuer, as they do when jose asks for one: for whoever has kept what they said.
   * Rejects with `KeysUnavailableError` when there are none.
   */
  fresh(): Promise<void>;
  /** Looks for new keys no more. */
  close(): void;
}

export interface KeySetOptions {
  /** Told of each time that the keys could not be read. Must not throw. */
  readonly onTrouble?: (error: Error) => void;
  /** Milliseconds on a clock that never goes back. */
  readonly elapsed?: () => number;
  /** Waits, in milliseconds. */
  readonly wait?: (ms: number) => Promise<void>;
}

/** The keys of an issuer cannot be read: a fault, which says nothing of whoever sent a token. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
  /** For HTTP: this server cannot answer at present (RFC 9110). */
  readonly statusCode = 503;

  constructor(options?: ErrorOptions) {
    super("The issuer's keys could not be read.", options);
  }
}

/** How often the keys at an address are read again while tokens come, and after which rest a token waits for that. */
const READ_AGAIN_AFTER_MS = 60_000;
const STALE_AFTER_MS = 300_000;

/** The least time from one look at the address to the next. */
const BETWEEN_LOOKS_MS = 1_000;

const TIMEOUT_MS = 2_000;

/** The most that is read of a key set; ordinary ones have a few kilobytes. */
const MOST_BYTES = 256 * 1024;

/**
 * The keys of an issuer, which follow it while the process runs.
 *
 * - A token whose key is not among those known waits for a look at the source that begins after it came, and is refused
 *   only then. All that wait share one look, and an address is looked at once a second at most, whatever comes.
 * - While the source cannot be read, the last good keys stay in force.
 * - A key that is taken out of a file is refused within a second or two; one taken out at an address within a minute while
 *   tokens come, and within five of it however rarely they do.
 *
 * A file is read at once, an address when the first token comes.
 *
 * @throws ConfigError when a file holds no key set, or the address is neither https nor of this machine.
 */
export function createKeySet(source: KeySource, options: KeySetOptions = {}): KeySet {
  const keys = 'url' in source ? atAddress(source.url, options) : inFile(source.file, options);
  const get: JWTVerifyGetKey = async (header, token) => {
    try {
      await keys.ready();
      try {
        return await keys.find(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      }
      await keys.lookAgain();
      return await keys.find(header, token);
    } catch (error) {
      if (error instanceof KeysUnavailableError || isRefusal(error)) throw error;
      throw new KeysUnavailableError({ cause: error });
    }
  };
  const fresh = async (): Promise<void> => {
    try {
      await keys.ready();
    } catch (error) {
      throw error instanceof KeysUnavailableError ? error : new KeysUnavailableError({ cause: error });
    }
  };
  return Object.assign(get, { edition: keys.edition, fresh, close: keys.close });
}

/** Whether jose says of a token, rather than of the keys, that there is no key for it. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}

interface Keys {
  edition(): number;
  /** Resolves when there are keys to look among; rejects when there are none. */
  ready(): Promise<void>;
  readonly find: JWTVerifyGetKey;
  /** Resolves after a look that began after this call; rejects when the source cannot be read. */
  lookAgain(): Promise<void>;
  close(): void;
}

function inFile(file: string, { onTrouble }: KeySetOptions): Keys {
  let refused: Error | undefined;
  let edition = 0;
  const inForce = reloading({
    fingerprint: () => contentFingerprint([file]),
    read: () => readKeys(file),
    onReplaced: () => {
      edition++;
      refused = undefined;
    },
    onRefused: (error) => {
      refused = error;
      onTrouble?.(error);
    },
  });
  return {
    edition: () => edition,
    ready: async () => {},
    find: (header, token) => inForce.current()(header, token),
    async lookAgain() {
      inForce.check();
      if (refused) throw new KeysUnavailableError({ cause: refused });
    },
    close: inForce.close,
  };
}

function readKeys(file: string): ReturnType<typeof createLocalJWKSet> {
  try {
    const keys = createLocalJWKSet(JSON.parse(readFileSync(file, 'utf8')));
    if (keys.jwks().keys.length > 0) return keys;
  } catch (error) {
    throw new ConfigError(`The key file ${file} cannot be read as a JSON Web Key Set (RFC 7517).`, { cause: error });
  }
  throw new ConfigError(`The key file ${file} holds no keys.`);
}

function atAddress(url: string, { onTrouble, elapsed = () => performance.now(), wait = rest }: KeySetOptions): Keys {
  if (!isTrustworthy(url)) throw new ConfigError('Keys are read from an https address, or from this machine itself.');
  const closing = new AbortController();
  const remote = createRemoteJWKSet(new URL(url), {
    timeoutDuration: TIMEOUT_MS,
    // When to look again is decided here: jose refuses tokens with a new key for a while after each look, and drops good
    // keys when they are old and the address is down.
    cacheMaxAge: Number.POSITIVE_INFINITY,
    cooldownDuration: Number.POSITIVE_INFINITY,
    [customFetch]: fetchWithin(MOST_BYTES, closing.signal),
  });
  let known = false;
  let edition = 0;
  let inForce: string | undefined;
  /** When the last look began, and when the last one that has ended did. */
  let lookedAt = Number.NEGATIVE_INFINITY;
  let readAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  async function look(): Promise<void> {
    lookedAt = elapsed();
    try {
      await remote.reload();
      known = true;
      const read = JSON.stringify(remote.jwks());
      if (read !== inForce) edition++;
      inForce = read;
      // Its keys are in force no more, but nobody is a stranger because an issuer publishes none.
      if (remote.jwks()?.keys.length === 0) throw new Error('The key set at the address is empty.');
    } catch (error) {
      if (closing.signal.aborted) throw new KeysUnavailableError({ cause: closing.signal.reason });
      const trouble = new KeysUnavailableError({ cause: error });
      onTrouble?.(trouble);
      throw trouble;
    } finally {
      readAt = lookedAt;
    }
  }

  async function begin(): Promise<void> {
    await looking?.catch(() => {});
    const early = lookedAt + BETWEEN_LOOKS_MS - elapsed();
    if (early > 0) await wait(early);
    next = undefined;
    looking = look().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  const lookAgain = (): Promise<void> => {
    next ??= begin();
    return next;
  };

  return {
    edition: () => edition,
    async ready() {
      const age = elapsed() - readAt;
      if (known && age < READ_AGAIN_AFTER_MS) return;
      const latest = looking ?? lookAgain();
      if (!known) return latest;
      const settled = latest.catch(() => {});
      if (age >= STALE_AFTER_MS) await settled;
    },
    find: remote,
    lookAgain,
    close: () => closing.abort(new Error('Nobody asks for keys any more.')),
  };
}

const rest = (ms: number): Promise<void> => after(ms, undefined, { ref: false });

/** Reads what stands at an address itself, whole or not at all. */
function fetchWithin(mostBytes: number, closing: AbortSignal): FetchImplementation {
  return async (url, options) => {
    const response = await fetch(url, { ...options, signal: AbortSignal.any([options.signal, closing]) });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`The address answered with status ${response.status} rather than 200. No redirect is followed.`);
    }
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > mostBytes) throw new Error(`The address answered with more than ${mostBytes} bytes.`);
      chunks.push(chunk);
    }
    return new Response(Buffer.concat(chunks));
  };
}

/** Whether nobody on the way can put other keys into an answer. */
function isTrustworthy(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, username, password } = new URL(address);
  if (username || password) return false;
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname));
}
