import { once } from 'node:events';
import { flushCompileCache } from 'node:module';
import { setTimeout as after } from 'node:timers/promises';
import { ConfigError } from './config.ts';
import { createLog, type Logger } from './log.ts';
import type { Served } from './serve.ts';

/** What a process tells the one that forked it, once it can answer. */
export interface ReadyMessage {
  readonly ready: true;
  readonly url: string;
}

/** What a process serves. */
export interface Running extends Served {
  /** How long it still answers everything, in milliseconds, after it has said that it is leaving; not at all when left out. */
  readonly drainMs?: number;
}

/**
 * The life of a process: it starts, tells its parent (when it has one) that it is ready, answers until SIGTERM or SIGINT
 * or until its parent goes, then closes and ends. On SIGTERM it leaves first: it says that it is not ready, and answers on for
 * the time that whoever stands in front of it needs to see that. A second signal ends it at once. A start that fails, or an
 * error that nobody catches, ends it with status 1 and says why.
 *
 * @param start is given the signal by which the process says that it is leaving (`HttpOptions`).
 */
export async function run(name: string, start: (log: Logger, leaving: AbortSignal) => Promise<Running>): Promise<void> {
  const log = createLog({ name, level: process.env.LOG_LEVEL ?? 'info' });
  // Node would write it to the standard error as it is, numbers and all.
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'nobody caught this');
    process.exit(1);
  });
  const parentGone = process.send && lostParent();
  const leaving = new AbortController();
  let served: Running;
  try {
    served = await start(log, leaving.signal);
  } catch (error) {
    if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
    else log.fatal({ err: error }, 'could not start');
    process.exit(1);
  }
  const { url, close, drainMs = 0 } = served;
  let ending = false;
  const onTerm = (): void => void end('SIGTERM', drainMs);
  const onInt = (): void => void end('SIGINT', 0);
  const end = async (reason: string, waitMs: number): Promise<void> => {
    if (ending) return;
    ending = true;
    // A further signal does what it does by default.
    process.off('SIGTERM', onTerm).off('SIGINT', onInt);
    log.info({ reason }, 'draining');
    leaving.abort(new Error('This process is leaving.'));
    if (waitMs > 0) await after(waitMs);
    let status = 0;
    try {
      await close();
    } catch (error) {
      log.error({ err: error }, 'did not close cleanly');
      status = 1;
    }
    log.info('closed');
    process.exit(status);
  };
  process.on('SIGTERM', onTerm);
  process.on('SIGINT', onInt);
  void parentGone?.then(() => end('parent gone', 0));
  log.info({ url }, 'ready');
  // When it cannot be told, the parent has gone, which is noticed by itself.
  process.send?.({ ready: true, url } satisfies ReadyMessage, () => {});
  // Where NODE_COMPILE_CACHE is set, the processes that start next find what this one has compiled.
  flushCompileCache();
}

/** Resolves when the process that forked this one is no longer there, even if it has gone before this is called. */
async function lostParent(): Promise<void> {
  if (process.connected) await once(process, 'disconnect');
}
