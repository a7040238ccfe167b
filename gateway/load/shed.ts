import { asGraphQL, countInstead } from '@caregraph/service/http.ts';
import type { Logger } from '@caregraph/service/log.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Gate, type Place } from './gate.ts';
import { type Timing, watchProcessor } from './processor.ts';

export interface SheddingOptions {
  /** Whether a request says that it is urgent: nothing of it is checked yet. Must not throw. */
  readonly claimsUrgency: (request: FastifyRequest) => boolean;
  /** Whether a request is urgent, now that it is known who asks. */
  readonly isUrgent: (request: FastifyRequest) => boolean;
  readonly timing: Timing;
  /** From 0 to 1, without 1. */
  readonly random: () => number;
  readonly log: Logger;
}

/** How long what was refused is counted together, in milliseconds. */
const COUNTED_MS = 1_000;

const BODY = JSON.stringify(
  asGraphQL('OVERLOADED', 'The gateway has more to do than it can do in time. Nothing was looked up. Ask again later.'),
);

/**
 * Refuses queries (`POST /graphql`) of which there are more than the gateway can work on, before anything of them is checked,
 * read or put on record: HTTP 503 with `Retry-After`. Its hooks must come before those that find out who asks.
 *
 * @returns the gate, and what ends the watch over the processor.
 */
export function shedLoad(
  app: FastifyInstance,
  { claimsUrgency, isUrgent, timing, random, log }: SheddingOptions,
): { readonly gate: Gate; readonly close: () => void } {
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
    if (refused > 0) log.warn({ refused, entered, limit: gate.limit }, 'more was asked than can be answered');
  });

  const places = new WeakMap<FastifyRequest, Place>();
  const enter = (request: FastifyRequest, reply: FastifyReply, isUrgent: () => boolean): boolean => {
    const place = gate.enter(isUrgent);
    if (!place) {
      refuse(request, reply);
      return false;
    }
    places.set(request, place);
    reply.raw.once('close', place.leave);
    return true;
  };
  const refuse = (request: FastifyRequest, reply: FastifyReply): void => {
    countInstead(request);
    void reply
      .code(503)
      .header('retry-after', String(retryAfter(pressure, random)))
      .header('content-type', 'application/json; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(BODY);
  };

  app.addHook('onRequest', (request, reply, done) => {
    if (!isQuery(request) || enter(request, reply, () => claimsUrgency(request))) done();
  });
  app.addHook('preParsing', (request, _reply, payload, done) => {
    // Whoever sends slowly keeps no place meanwhile.
    if (!request.raw.complete) places.get(request)?.leave();
    done(null, payload);
  });
  app.addHook('preValidation', (request, reply, done) => {
    const place = places.get(request);
    if (!place) return done();
    if (place.reserved && !isUrgent(request)) {
      place.leave();
      return refuse(request, reply);
    }
    if (place.isLeft() && !enter(request, reply, () => isUrgent(request))) return;
    done();
  });
  return { gate, close };
}

const isQuery = ({ method, routeOptions }: FastifyRequest): boolean =>
  method === 'POST' && routeOptions.url === '/graphql';

/** In how many seconds to ask again: the more is asked, the more it is spread. At most half a minute. */
function retryAfter(pressure: number, random: () => number): number {
  return 1 + Math.floor(random() * Math.min(30, 2 * pressure));
}
