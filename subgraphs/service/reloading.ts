import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConfigError } from './config.ts';

/** A value that is read from files and follows them while the process runs. */
export interface Reloading<Value> {
  /** The last good value. It never throws, and costs nothing. */
  current(): Value;
  /**
   * Looks now, rather than within a second: what has changed and can be read is in force when it returns. It never throws.
   */
  check(): void;
  /** Looks no more. The last good value stays. */
  close(): void;
}

export interface ReloadingOptions<Value> {
  /** A text that is another one whenever what `read` would read is: see `contentFingerprint`. */
  readonly fingerprint: () => string;
  /** Reads the value, and throws when what is there is not good. */
  readonly read: () => Value;
  /** How often the files are looked at, in milliseconds; every second by default. */
  readonly everyMs?: number;
  /** Told of each new value that is in force, also when it is the old one again after another was refused. Must not throw. */
  readonly onReplaced?: (value: Value) => void;
  /** Told of what was refused, once for each reason. Must not throw. */
  readonly onRefused?: (error: Error) => void;
}

const EVERY_MS = 1_000;
const ATTEMPTS = 3;

/**
 * Reads a value from files, and reads it anew when they change. What cannot be read is refused, and the last good value
 * stays in force. Files that are being written, swapped or away when the time to look comes are left until two looks have
 * found the same; files that change while they are read are read again, so that a value is never made of old and new ones.
 * It keeps no process alive.
 *
 * @throws ConfigError when there is no good value to begin with; afterwards, nothing.
 */
export function reloading<Value>(options: ReloadingOptions<Value>): Reloading<Value> {
  const { read, everyMs = EVERY_MS, onReplaced, onRefused } = options;
  const first = readWhole();
  if ('error' in first) throw asConfigError(first.error);
  let current = first.value;
  let inForce = first.fingerprint;
  let lastSeen = inForce;
  /** Why what is there now was refused; `null` while what is there is in force. */
  let refused: string | null = null;

  const timer = setInterval(() => look('once it rests'), everyMs);
  timer.unref();
  return { current: () => current, check: () => look('at once'), close: () => clearInterval(timer) };

  function look(take: 'at once' | 'once it rests'): void {
    const fingerprint = seen();
    const rests = fingerprint === lastSeen;
    lastSeen = fingerprint;
    if (fingerprint === inForce && refused === null) return;
    if (take === 'once it rests' && !rests) return;
    // What was refused is read again at every look: the reason may have lain in the machine rather than in the files.
    const next = readWhole();
    lastSeen = next.fingerprint;
    if ('error' in next) {
      const reason = `${next.fingerprint} ${next.error.message}`;
      if (reason === refused) return;
      refused = reason;
      onRefused?.(next.error);
      return;
    }
    current = next.value;
    inForce = next.fingerprint;
    refused = null;
    onReplaced?.(current);
  }

  function readWhole(): { fingerprint: string } & ({ value: Value } | { error: Error }) {
    let before = seen();
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const result = tried(read);
      const after = seen();
      if (after === before) return { fingerprint: after, ...result };
      before = after;
    }
    return { fingerprint: before, error: new ConfigError('The files changed again and again while they were read.') };
  }

  function seen(): string {
    const result = tried(options.fingerprint);
    return 'error' in result ? `cannot be looked at: ${result.error.message}` : result.value;
  }
}

/**
 * A fingerprint of files by their content, not by their times: it sees a file that was replaced, renamed into its place or
 * reached through another link, and one that was rewritten with the same length in the same tick of the clock. A file that
 * cannot be read counts as one that holds the reason. For files of kilobytes.
 */
export function contentFingerprint(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) {
    const content = tried(() => readFileSync(file));
    const [kind, bytes] = 'error' in content ? ['unreadable', content.error.message] : ['content', content.value];
    // The lengths keep two lists of files apart whose bytes, one after another, are the same.
    hash.update(JSON.stringify([file, kind, bytes.length])).update(bytes);
  }
  return hash.digest('base64');
}

function tried<Value>(attempt: () => Value): { value: Value } | { error: Error } {
  try {
    return { value: attempt() };
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }
}

const asConfigError = (error: Error): ConfigError =>
  error instanceof ConfigError ? error : new ConfigError(error.message, { cause: error });
