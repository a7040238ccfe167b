import { bulkhead } from 'cockatiel';
import type { After } from '../after.ts';
import type { Fault } from '../gather/outcome.ts';
import { type Clock, type Patience, patience } from '../gather/patience.ts';
import type { Reply, SentRequest } from '../gather/scope.ts';
import { Breaker, type BreakerState, type Pass, type Verdict } from './breaker.ts';
import { Budget } from './budget.ts';
import { Latencies } from './latencies.ts';
import { isRead, mayRetry } from './retry.ts';
import type { Authorize, Course, Exchange, Transport } from './transport.ts';

/** At most so many questions are under way to one callee, and so many more wait for one of them to end. */
const MOST_UNDER_WAY = 96;
const MOST_WAITING = 192;

/** Calls that are made beside the ordinary ones, as parts of these. */
const RETRIED = 0.1;
const HEDGED = 0.05;

/** A time-out that is noticed so much later than it should be, in milliseconds, tells of this process, not of the callee. */
const STALL_MS = 100;

/** What a callee is asked. */
export interface Question {
  readonly request: SentRequest;
  /** How long the answer is waited for. */
  readonly patience: Patience;
  /** Makes a token for each attempt: one that was used is refused. */
  readonly authorize?: Authorize | undefined;
}

export interface CalleeOptions {
  /** Where it is asked: at the first address, and at the others when that fails or is slow. They all serve the same. */
  readonly urls: readonly [string, ...string[]];
  readonly transport: Transport;
  readonly clock: Clock;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  readonly after: After;
  /** How long a request may take that states no time of its own, in milliseconds. */
  readonly deadlineMs: () => number;
  /** Not to answer in less than this part of it is not held against the callee. */
  readonly fair: number;
  /** Aborts when nothing is to be asked any longer. */
  readonly closing: AbortSignal;
  /** An address is no longer asked (the first is 0), for the failure that it ended with. */
  readonly onOpen: (address: number, why: Course | undefined) => void;
  /** An address is asked again. */
  readonly onClose: (address: number) => void;
}

/** How a callee does. */
export interface CalleeState {
  /** Of its addresses, in order. */
  readonly breakers: readonly BreakerState[];
  /** How many questions are under way. */
  readonly underWay: number;
  /** How many questions wait for one of those to end. */
  readonly waiting: number;
}

/** One address of a callee. */
interface Endpoint {
  readonly url: string;
  readonly breaker: Breaker;
  readonly latencies: Latencies;
  lastFailure?: Course;
}

/** Leave to ask at an address. */
interface Turn {
  readonly endpoint: Endpoint;
  readonly pass: Pass;
}

/**
 * One trust, or one subgraph beside the gateway, as it is called: everything that keeps its failures from being anybody
 * else's stands here, between a question and the transport. A question waits for its turn among a bounded number, is asked
 * where the breaker lets it, a second time when that may help, and of another address when the first is slow.
 */
export class Callee {
  readonly #options: CalleeOptions;
  readonly #endpoints: readonly Endpoint[];
  readonly #turns = bulkhead(MOST_UNDER_WAY, MOST_WAITING);
  readonly #retries = new Budget(RETRIED, 1);
  readonly #hedges = new Budget(HEDGED);

  constructor(options: CalleeOptions) {
    this.#options = options;
    const { clock, random, onOpen, onClose } = options;
    this.#endpoints = options.urls.map((url, i) => {
      const endpoint: Endpoint = {
        url,
        breaker: new Breaker({
          clock,
          random,
          onOpen: () => onOpen(i, endpoint.lastFailure),
          onClose: () => onClose(i),
        }),
        latencies: new Latencies(),
      };
      return endpoint;
    });
  }

  /** Asks a question. What goes wrong is a fault; it rejects only when `authorize` does. */
  async ask(question: Question): Promise<Reply> {
    const { signal } = question.patience;
    if (signal.aborted) return LATE;
    if (!this.#endpoints.some(({ breaker }) => breaker.admits)) return HELD_OFF;
    if (this.#turns.executionSlots > 0) return this.#turns.execute(() => this.#answer(question));
    if (this.#turns.queueSlots === 0) return TOO_MANY;
    // It would otherwise hear that its time is over only when its turn has come.
    const turn = this.#turns.execute(() => (signal.aborted ? LATE : this.#answer(question)));
    return whileWaitedFor(signal, turn, LATE);
  }

  get state(): CalleeState {
    return {
      breakers: this.#endpoints.map(({ breaker }) => breaker.state),
      underWay: MOST_UNDER_WAY - this.#turns.executionSlots,
      waiting: MOST_WAITING - this.#turns.queueSlots,
    };
  }

  async #answer(question: Question): Promise<Reply> {
    this.#retries.earn();
    this.#hedges.earn();
    const first = this.#turn(this.#endpoints);
    if (!first) return HELD_OFF;
    this.#lookAfterOthers(first, question);
    const exchange = await this.#asked(first, question);
    if (!mayRetry(exchange.course, isRead(question.request), this.#retries)) return exchange.reply;
    if (question.patience.remainingMs() === 0) return exchange.reply;
    const others = this.#endpoints.filter((endpoint) => endpoint !== first.endpoint);
    const second = this.#turn([...others, first.endpoint]);
    return second ? (await this.#attempt(second, question)).reply : exchange.reply;
  }

  /** Leave to ask at the first of these addresses that works; or else, where that is to be found out, by finding out. */
  #turn(endpoints: readonly Endpoint[]): Turn | null {
    const works = endpoints.find(({ breaker }) => breaker.state === 'CLOSED');
    const endpoint = works ?? endpoints.find(({ breaker }) => breaker.admits);
    const pass = endpoint?.breaker.admit();
    return endpoint && pass ? { endpoint, pass } : null;
  }

  /** Asks the same of an address that did not work and may again, so that it is taken back; nobody waits for its answer. */
  #lookAfterOthers({ endpoint: first, pass }: Turn, question: Question): void {
    if (pass.isProbe || !isRead(question.request)) return;
    const other = this.#endpoints.find((endpoint) => endpoint !== first && isToBeProbed(endpoint));
    if (!other || !this.#hedges.spend()) return;
    const probe = this.#turn([other]);
    if (probe) this.#attempt(probe, question).catch(() => {});
  }

  /** Asks at one address, and at another as well when an answer takes longer than it usually does there. */
  #asked(first: Turn, question: Question): Promise<Exchange> {
    const { p95 } = first.endpoint.latencies;
    const mayHedge = this.#endpoints.length > 1 && !first.pass.isProbe && isRead(question.request) && p95 !== null;
    return mayHedge ? this.#hedged(first, question, p95) : this.#attempt(first, question);
  }

  /** The first good answer counts, and the other attempt is given up; without one, the last answer does. */
  async #hedged(first: Turn, question: Question, p95: number): Promise<Exchange> {
    const { clock, after } = this.#options;
    const started = clock.elapsed();
    const decided = Promise.withResolvers<{ readonly exchange: Exchange; readonly by: Turn }>();
    const { signal } = question.patience;
    // `AbortSignal.any` costs several times as much, and this is done for every question.
    const over = new AbortController();
    const end = (): void => over.abort(signal.reason);
    signal.addEventListener('abort', end, { once: true });
    const patience = { ...question.patience, signal: over.signal };
    let running = 0;
    const run = (turn: Turn): void => {
      running++;
      this.#attempt(turn, { ...question, patience }).then((exchange) => {
        running--;
        if (isGood(exchange) || running === 0) decided.resolve({ exchange, by: turn });
      }, decided.reject);
    };
    run(first);
    const cancel = after(p95, () => {
      const other = this.#endpoints.find(
        (endpoint) => endpoint !== first.endpoint && endpoint.breaker.state === 'CLOSED',
      );
      const second = other && this.#hedges.spend() ? this.#turn([other]) : null;
      if (second) run(second);
    });
    try {
      const { exchange, by } = await decided.promise;
      // It was slower than this, however much: left out, what it is held against would grow ever shorter.
      if (by !== first && isGood(exchange)) first.endpoint.latencies.add(clock.elapsed() - started);
      return exchange;
    } finally {
      cancel();
      signal.removeEventListener('abort', end);
      over.abort();
    }
  }

  /** One exchange with one address. */
  #attempt(turn: Turn, question: Question): Promise<Exchange> {
    if (!turn.pass.isProbe) return this.#exchange(turn, question);
    // It goes on to its own end, in its own time, whoever has gone: it is not about this question alone.
    const { clock, deadlineMs, closing } = this.#options;
    const probe = this.#exchange(turn, { ...question, patience: patience(clock, deadlineMs(), closing) });
    return whileWaitedFor(question.patience.signal, probe, { reply: LATE, course: 'CANCELLED' });
  }

  async #exchange({ endpoint, pass }: Turn, { request, patience, authorize }: Question): Promise<Exchange> {
    const { clock, transport } = this.#options;
    const started = clock.elapsed();
    const givenMs = patience.remainingMs();
    let exchange: Exchange;
    try {
      exchange = await transport.post(endpoint.url, request, patience, authorize);
    } catch (error) {
      await pass.end('NEITHER');
      throw error;
    }
    const { course } = exchange;
    const tookMs = clock.elapsed() - started;
    if (course === 'ANSWERED' && this.#endpoints.length > 1) endpoint.latencies.add(tookMs);
    const verdict = this.#verdict(course, tookMs, givenMs);
    if (verdict === 'FAILED') endpoint.lastFailure = course;
    await pass.end(verdict);
    return exchange;
  }

  #verdict(course: Course, tookMs: number, givenMs: number): Verdict {
    const { fair, deadlineMs } = this.#options;
    switch (course) {
      case 'ANSWERED':
        return 'ANSWERED';
      case 'NOT_REACHED':
      case 'BROKEN':
      case 'TOO_MUCH':
        return 'FAILED';
      case 'TIMED_OUT':
        return givenMs >= fair * deadlineMs() && tookMs <= givenMs + STALL_MS ? 'FAILED' : 'NEITHER';
      case 'CANCELLED':
        return 'NEITHER';
    }
  }
}

const isToBeProbed = ({ breaker }: Endpoint): boolean => breaker.state === 'OPEN' && breaker.admits;

const isGood = ({ reply, course }: Exchange): boolean => course === 'ANSWERED' && 'body' in reply;

/** What work comes to, or, when nobody waits for it any longer before it has ended, something else. */
async function whileWaitedFor<Result>(signal: AbortSignal, work: Promise<Result>, or: Result): Promise<Result> {
  const over = Promise.withResolvers<Result>();
  const end = (): void => over.resolve(or);
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([work, over.promise]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

const unanswered = (kind: Fault['kind'], reason: string): Reply => ({ fault: { kind, reason } });

const LATE = unanswered('TIMED_OUT', 'It did not answer in time.');
const TOO_MANY = unanswered('UNAVAILABLE', 'Too many questions to it wait for an answer already.');
const HELD_OFF = unanswered(
  'UNAVAILABLE',
  'It did not answer the last questions, and is not asked again for a moment.',
);
