import { Agent } from 'undici';

/** One request of a load. */
export interface Call {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Requests of one kind are counted together: a role, say. */
  readonly kind: string;
}

/** An answer, as it came. */
export interface Received {
  /** `null` when there was none: the connection broke, or it took longer than anybody waits. */
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** What became of one request. */
export interface Sample {
  readonly kind: string;
  /** When it was to be sent, in milliseconds from the beginning of the load. */
  readonly at: number;
  /** From when it was to be sent until the whole answer was there, in milliseconds: waiting is counted. */
  readonly ms: number;
  readonly status: number | null;
  /** Whether it was good, as `judge` says. */
  readonly good: boolean;
}

export interface ArrivalOptions {
  /** The gateway's address, without a path. */
  readonly url: string;
  /** Requests a second, evenly spaced. */
  readonly rate: number;
  readonly seconds: number;
  /** The request of this number, from 0. */
  readonly call: (n: number) => Call;
  /** Whether an answer is good; every answer with HTTP status 200 when left out. */
  readonly judge?: (n: number, received: Received, sentAt: number) => boolean;
  /** Called with the milliseconds since the beginning, once in a while: for whoever changes something under load. */
  readonly onTime?: (elapsedMs: number) => void;
  /** How long an answer is waited for, in milliseconds. */
  readonly longestMs?: number;
}

/** What a load has come to. */
export interface Arrivals {
  readonly seconds: number;
  readonly samples: readonly Sample[];
}

/**
 * Sends requests at a constant rate, whether or not earlier ones have been answered (an open loop): a service that
 * stumbles is asked as often as before, and how long each request takes is counted from the moment at which it was to be
 * sent. So neither a slow service nor a busy sender makes the figures better than they are.
 */
export async function arrivals(options: ArrivalOptions): Promise<Arrivals> {
  const { url, rate, seconds, call, judge = isOK, onTime, longestMs = 30_000 } = options;
  const agent = new Agent({ connections: null, pipelining: 1, headersTimeout: longestMs, bodyTimeout: longestMs });
  const { origin } = new URL(url);
  const samples: Sample[] = [];
  const total = Math.round(rate * seconds);
  const start = performance.now();
  const underWay = new Set<Promise<void>>();

  const send = async (n: number, at: number): Promise<void> => {
    const { body, headers, kind } = call(n);
    const sentAt = performance.now();
    const received = await exchange(agent, origin, body, headers);
    const ms = performance.now() - start - at;
    samples.push({ kind, at, ms, status: received.status, good: judge(n, received, sentAt) });
  };

  for (let n = 0; n < total; ) {
    const now = performance.now() - start;
    for (let at = (n * 1_000) / rate; n < total && at <= now; at = (++n * 1_000) / rate) {
      const sent = send(n, at).finally(() => underWay.delete(sent));
      underWay.add(sent);
    }
    onTime?.(now);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(underWay);
  await agent.destroy();
  return { seconds, samples };
}

/** Posts one GraphQL request, and reads the whole answer. It does not reject. */
export async function exchange(
  agent: Agent,
  origin: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<Received> {
  try {
    const response = await agent.request({
      origin,
      path: '/graphql',
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    return { status: response.statusCode, headers: response.headers, text: await response.body.text() };
  } catch {
    return { status: null, headers: {}, text: '' };
  }
}

const isOK = (_: number, { status }: Received): boolean => status === 200;

/** The value below which this share of the values lies (nearest rank); not a number when there are none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
}

/** Good answers a second that came within so many milliseconds of when they were to be asked for. */
export function goodput({ seconds, samples }: Arrivals, withinMs = Number.POSITIVE_INFINITY): number {
  return samples.filter(({ good, ms }) => good && ms <= withinMs).length / seconds;
}

/** The p99 of how long answers took, in milliseconds: of all, or of those that `of` picks out. */
export const p99 = ({ samples }: Pick<Arrivals, 'samples'>, of: (sample: Sample) => boolean = () => true): number =>
  percentile(
    samples.filter(of).map(({ ms }) => ms),
    0.99,
  );

/** The share of requests, from 0 to 1, that had a good answer. */
export const shareServed = ({ samples }: Pick<Arrivals, 'samples'>, of: (sample: Sample) => boolean = () => true) => {
  const chosen = samples.filter(of);
  return chosen.filter(({ good }) => good).length / chosen.length;
};
