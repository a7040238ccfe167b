import { once } from 'node:events';
import { flushCompileCache } from 'node:module';
import { ConfigError } from './config.ts';
import { createLog, type Logger } from './log.ts';
import type { Served } from './serve.ts';

/** What a process tells the one that forked it, once it can answer. */
export interface ReadyMessage {
  readonly ready: true;
  readonly url: string;
}

/**
 * The life of a process: it starts, tells its parent (when it has one) that it is ready, answers until SIGTERM or SIGINT
 * or until its parent goes, then drains and ends. A second signal ends it at once. A start that fails, or an error that
 * nobody catches, ends it with status 1 and says why.
 */
export async function run(name: string, start: (log: Logger) => Promise<Served>): Promise<void> {
  const log = createLog({ name, level: process.env.LOG_LEVEL ?? 'info' });
  // Node would write it to the standard error as it is, numbers and all.
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'nobody caught this');
    process.exit(1);
  });
  const parentGone = process.send && lostParent();
  let served: Served;
  try {
    served = await start(log);
  } catch (error) {
    if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
    else log.fatal({ err: error }, 'could not start');
    process.exit(1);
  }
  const { url, close } = served;
  let closing = false;
  const drain = async (reason: string): Promise<void> => {
    if (closing) return;
    closing = true;
    log.info({ reason }, 'draining');
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
  process.once('SIGTERM', () => drain('SIGTERM'));
  process.once('SIGINT', () => drain('SIGINT'));
  void parentGone?.then(() => drain('parent gone'));
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
