import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditKeys } from '@caregraph/service/audit/keys.ts';
import { Pool } from 'undici';
import { listSegments } from '../../gateway/audit/segments.ts';
import { verifyJournal } from '../../gateway/audit/verify-journal.ts';
import { readWitness } from '../../gateway/audit/witness.ts';
import type { Receiver } from '../gateway/audit/harness.ts';

/** What is killed: the audit log alone, or a whole gateway. */
export interface Subject {
  /** Starts it; it sends its parent `{ ready: true, url }` once it answers, and ends well on SIGTERM. */
  start(): ChildProcess;
  /** A request whose entry will bear this mark as the name of its operation. */
  request(mark: string): { path: string; body?: string; headers?: Readonly<Record<string, string>> };
  /** Whether the body of an answer is what was asked for, and no refusal. */
  isAnswer(text: string): boolean;
  /** Part of the kills come while it starts, at up to this many milliseconds after it was begun. */
  readonly openingMs: number;
  /** The others come this long at most after its first answer. */
  readonly lifeMs: number;
}

export interface CrashOptions {
  readonly subject: Subject;
  /** Where its journal and its witness are. */
  readonly journal: string;
  readonly witness: string;
  readonly keys: AuditKeys;
  readonly receiver: Receiver;
  readonly kills: number;
  /** A number from 0 up to 1, by a seed. */
  readonly random: () => number;
  readonly connections: number;
  /** Told after each kill. */
  readonly onKill?: (kill: number) => void;
}

/** What came of it. */
export interface CrashResult {
  readonly kills: number;
  /** How many of them came while the process was starting: before it opened its journal, or while it did. */
  readonly whileOpening: number;
  /** How many of them came while requests were waiting for their answers. */
  readonly underLoad: number;
  /** Requests that were answered, and those that were not. */
  readonly answered: number;
  readonly unanswered: number;
  readonly entries: number;
  /** Entries of requests that were never answered: recorded, and then the process was killed. */
  readonly entriesWithoutAnswer: number;
  /** Ends that this harness tore, those that a kill tore by itself, and how many were healed. */
  readonly tornByHarness: number;
  readonly tornByKill: number;
  readonly healed: number;
  /** What must not be: each of these has to be empty. */
  readonly answeredWithoutEntry: readonly string[];
  readonly twiceInJournal: readonly string[];
  readonly twiceAtReceiver: readonly string[];
  readonly notAtReceiver: number;
  readonly findings: readonly string[];
}

/** So many of the kills come while it starts. */
const OPENING_SHARE = 0.15;
/** Whatever is not answered by then is killed without. */
const LONGEST_WAIT_MS = 20_000;
/** After some kills, the end of the journal is torn as a loss of power would. */
const TEAR_SHARE = 0.25;

/**
 * Kills a process with SIGKILL at random moments under load, starts it again, and holds what its clients were told against
 * what is on record. The record is read by other means than the code under test: line by line, as JSON.
 */
export async function crash(options: CrashOptions): Promise<CrashResult> {
  const { subject, kills, random, receiver, journal: folder } = options;
  const answered = new Set<string>();
  let asked = 0;
  let whileOpening = 0;
  let underLoad = 0;
  let tornByHarness = 0;
  let tornByKill = 0;
  let torn: string | null = null;

  for (let kill = 1; kill <= kills; kill++) {
    // The receiver has bad days of its own.
    const mood = random();
    receiver.failing = mood < 0.1 ? 'keeps and hangs up' : mood < 0.25 ? 'refuses' : 'not';
    const child = subject.start();
    const exited = once(child, 'exit');
    if (random() < OPENING_SHARE) {
      whileOpening++;
      await Promise.race([pause(random() * subject.openingMs), exited]);
    } else {
      const load = new Load(subject, await ready(child, exited), options.connections, (n) => `M${kill}_${n}`, answered);
      await Promise.race([load.firstAnswer, pause(LONGEST_WAIT_MS)]);
      await pause(random() * subject.lifeMs);
      if (load.waiting > 0) underLoad++;
      child.kill('SIGKILL');
      asked += await load.end();
    }
    if (child.exitCode !== null) throw new Error('The process has ended by itself.');
    child.kill('SIGKILL');
    await exited;
    options.onKill?.(kill);
    const end = endOf(folder);
    // A kill while the journal was being opened may have left the last torn end as it was.
    if (!end || end.state === torn) continue;
    if (end.isTorn) tornByKill++;
    else if (random() < TEAR_SHARE) {
      tear(end.file, random);
      tornByHarness++;
    } else continue;
    torn = endOf(folder)?.state ?? null;
  }

  receiver.failing = 'not';
  const last = subject.start();
  const exited = once(last, 'exit');
  await ready(last, exited);
  last.kill('SIGTERM');
  await exited;

  const recorded = marksOf(readLines(folder));
  const known = new Set(recorded);
  const kept = marksOf(receiver.lines);
  const head = readWitness(options.witness);
  const { findings } = await verifyJournal({
    folders: [folder],
    keys: options.keys,
    anchors: head ? [{ source: 'The witness', chain: head.chain, head }] : [],
  });
  return {
    kills,
    whileOpening,
    underLoad,
    answered: answered.size,
    unanswered: asked - answered.size,
    entries: recorded.length,
    entriesWithoutAnswer: recorded.filter((mark) => !answered.has(mark)).length,
    tornByHarness,
    tornByKill,
    healed: readdirSync(folder).filter((name) => name.endsWith('.torn')).length,
    answeredWithoutEntry: [...answered].filter((mark) => !known.has(mark)),
    twiceInJournal: twice(recorded),
    twiceAtReceiver: twice(kept),
    notAtReceiver: recorded.length - new Set(kept).size,
    findings: findings.map(({ message }) => message),
  };
}

async function ready(child: ChildProcess, exited: Promise<unknown>): Promise<string> {
  const ended = exited.then(() => Promise.reject(new Error('The process has ended before it was ready.')));
  const [{ url }] = (await Promise.race([once(child, 'message'), ended])) as [{ url: string }];
  return url;
}

/** Clients that ask one after another, and note which requests were answered. */
class Load {
  waiting = 0;
  readonly #first = Promise.withResolvers<void>();
  #asked = 0;
  #isOver = false;
  readonly #pool: Pool;
  readonly #clients: Promise<void>[];

  constructor(
    subject: Subject,
    url: string,
    connections: number,
    markOf: (n: number) => string,
    answered: Set<string>,
  ) {
    this.#pool = new Pool(url, { connections });
    this.#clients = Array.from({ length: connections }, async () => {
      while (!this.#isOver) {
        const mark = markOf(++this.#asked);
        const { path, body, headers } = subject.request(mark);
        this.waiting++;
        try {
          const response = await this.#pool.request({ path, method: 'POST', body: body ?? '', headers: headers ?? {} });
          const text = await response.body.text();
          if (response.statusCode === 200 && subject.isAnswer(text)) {
            answered.add(mark);
            this.#first.resolve();
          }
        } catch {
          this.#isOver = true;
        }
        this.waiting--;
      }
    });
  }

  /** Resolves when the first request has been answered. */
  get firstAnswer(): Promise<void> {
    return this.#first.promise;
  }

  /** Resolves, with how many requests were made, once the last of them has failed. */
  async end(): Promise<number> {
    await Promise.all(this.#clients);
    await this.#pool.destroy();
    return this.#asked;
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());

/** The last segment, and how it ends; `null` when there is none with a line in it. */
function endOf(folder: string): { file: string; state: string; isTorn: boolean } | null {
  if (!existsSync(folder)) return null;
  const file = listSegments(folder).at(-1)?.file;
  const bytes = file === undefined ? Buffer.of() : readFileSync(file);
  if (file === undefined || bytes.length === 0) return null;
  return { file, state: `${file} ${bytes.length}`, isTorn: bytes.at(-1) !== 0x0a };
}

/** Leaves a part of a line at the end of a segment, or blocks that were never filled with a part of one after them. */
function tear(file: string, random: () => number): void {
  const last = readFileSync(file, 'utf8').split('\n').at(-2) ?? '';
  const part = Buffer.from(last.slice(0, 1 + Math.floor(random() * (last.length - 1))));
  appendFileSync(file, random() < 0.3 ? Buffer.concat([Buffer.alloc(512), part, Buffer.from('\n')]) : part);
}

const readLines = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1));

/** The marks of all entries, in the order of the lines. */
const marksOf = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => {
    const { kind, entry } = JSON.parse(line) as { kind: string; entry?: { operation: { name: string } } };
    return kind === 'entry' && entry ? [entry.operation.name] : [];
  });

const twice = (marks: readonly string[]): string[] => {
  const seen = new Set<string>();
  return marks.filter((mark) => seen.size === seen.add(mark).size);
};
