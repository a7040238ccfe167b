import { type ChildProcess, fork } from 'node:child_process';
import { openSync } from 'node:fs';
import type { ReadyMessage } from '@caregraph/service/run.ts';

/** A process of the demo. */
export interface ProcessOf {
  readonly name: string;
  /** Its TypeScript file. */
  readonly script: string;
  readonly argv: readonly string[];
  /** The file that its log goes to. */
  readonly log: string;
}

/** The processes of the demo, which live and end together, unless one is stopped by hand: the others go on. */
export class Processes {
  readonly #running = new Map<string, ChildProcess>();
  readonly #env: Readonly<Record<string, string>>;
  readonly #execArgv: readonly string[];
  readonly #onEnd: (name: string) => void;
  #stopping = false;

  constructor(options: {
    /** What stands in every process's environment beside our own. */
    readonly env: Readonly<Record<string, string>>;
    /** Options of Node's for every process. */
    readonly execArgv: readonly string[];
    /** Is told of a process that ends although nobody asked for it. */
    readonly onEnd: (name: string) => void;
  }) {
    this.#env = options.env;
    this.#execArgv = options.execArgv;
    this.#onEnd = options.onEnd;
  }

  /**
   * Starts a process.
   *
   * @returns when it says that it is ready, and its process id.
   * @throws when it ends before.
   */
  async start({ name, script, argv, log }: ProcessOf): Promise<number> {
    const file = openSync(log, 'w', 0o600);
    const child = fork(script, argv, {
      execArgv: [...this.#execArgv],
      stdio: ['ignore', file, file, 'ipc'],
      env: { ...process.env, ...this.#env },
    });
    this.#running.set(name, child);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    child.once('message', (message: ReadyMessage) => {
      if (message.ready) resolve(child.pid ?? 0);
    });
    child.once('error', reject);
    child.once('exit', () => {
      this.#running.delete(name);
      reject(new Error(`${name} ended before it was ready. Its log says why: ${log}`));
      if (!this.#stopping) this.#onEnd(name);
    });
    return promise;
  }

  /** Asks every process to end, waits for all, and ends those that have not after the time given. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    const children = [...this.#running.values()];
    const ended = children.map((child) => new Promise((resolve) => child.once('exit', resolve)));
    for (const child of children) child.kill('SIGTERM');
    const late = setTimeout(() => {
      for (const child of children) child.kill('SIGKILL');
    }, graceMs);
    await Promise.all(ended);
    clearTimeout(late);
  }
}
