import type { IncomingMessage, ServerResponse } from 'node:http';
import { asGraphQL } from '@caregraph/service/http.ts';
import type { Logger } from '@caregraph/service/log.ts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Gate, type Place } from './gate.ts';
import { type Timing, watchProcessor } from './processor.ts';

export interface SheddingOptions {
  /** Whether a request says that it is urgent: nothing of it is checked yet. Must not throw. */
  readonly claimsUrgency: (request: IncomingMessage) => boolean;
  readonly timing: Timing;
  /** From 0 to 1, without 1. */
  readonly random: () => number;
  readonly log: Logger;
}

/**
 * Refuses queries (`POST /graphql`) of which there are more than the gateway can work on: HTTP 503 with `Retry-After`, before
 * anything of them is checked, read or put on record.
 */
export interface Shedding {
  /** Lets a request in, or answers it. It comes before everything else, since what is refused must cost next to nothing. */
  readonly admit: (request: IncomingMessage, response: ServerResponse) => boolean;
  /**
   * Looks after those that were let in.
   *
   * @param isUrgent whether a request is urgent, once it is known who asks.
   */
  mount(app: FastifyInstance, isUrgent: (request: FastifyRequest) => boolean): void;
  /** Watches the processor no more. */
  close(): void;
}

const PATH = '/graphql';

/** How long what was refused is counted together, in milliseconds. */
const COUNTED_MS = 1_000;

const BODY = JSON.stringify(
  asGraphQL('OVERLOADED', 'The gateway has more to do than it can do in time. Nothing was looked up. Ask again later.'),
);

export function createShedding({ claimsUrgency, timing, random, log }: SheddingOptions): Shedding {
  const gate = new Gate();
  let pressure = 1;
  let countedAt = timing.elapsed();
  const close = watchProcessor(timing, (waitMs) => {
    gate.adapt(waitMs);
    const now = timing.elapsed();
    if (now - countedAt < COUNTED_MS) return;
    countedAt = now;
    const { entered, refused } = gate.tally();
    pressure = (entered + refused) / Math.max(1, entered);
    // In place of a line for each.
    if (refused > 0) log.warn({ refused, entered, limit: gate.limit }, 'more was asked than can be answered');
  });

  const places = new WeakMap<IncomingMessage, Place>();
  const enter = (request: IncomingMessage, response: ServerResponse, isUrgent: () => boolean): boolean => {
    const place = gate.enter(isUrgent);
    if (!place) return false;
    places.set(request, place);
    response.once('close', place.leave);
    return true;
  };
  const headers = (): Record<string, string | number> => ({
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(BODY),
    'cache-control': 'no-store',
    'retry-after': retryAfter(pressure, random),
  });

  return {
    admit(request, response) {
      if (request.method !== 'POST' || request.url !== PATH) return true;
      if (enter(request, response, () => claimsUrgency(request))) return true;
      response.writeHead(503, headers()).end(BODY);
      return false;
    },
    mount(app, isUrgent) {
      app.addHook('preParsing', (request, _reply, payload, done) => {
        // Whoever sends slowly keeps no place meanwhile.
        if (!request.raw.complete) places.get(request.raw)?.leave();
        done(null, payload);
      });
      app.addHook('preValidation', (request, reply, done) => {
        if (request.method !== 'POST' || request.routeOptions.url !== PATH) return done();
        const place = places.get(request.raw);
        const hasPlace = place !== undefined && !place.isLeft();
        if (hasPlace || enter(request.raw, reply.raw, () => isUrgent(request))) return done();
        void reply.code(503).headers(headers()).send(BODY);
      });
    },
    close,
  };
}

/** In how many seconds to ask again: the more is asked, the more it is spread. At most half a minute. */
function retryAfter(pressure: number, random: () => number): number {
  return 1 + Math.floor(random() * Math.min(30, 2 * pressure));
}
