import { type Head, headQuestion, NO_LINES, shipment } from '@caregraph/service/audit/chain.ts';
import { asGraphQL } from '@caregraph/service/http.ts';
import type { Logger } from '@caregraph/service/log.ts';
import type { Route } from '@caregraph/service/serve.ts';
import { z } from 'zod';
import type { AccessCaller } from './caller.ts';
import type { GlassStore } from './glass-store.ts';
import type { LineStore } from './line-store.ts';

/** The most users about whom one call to `/glass` asks. */
export const MOST_USERS = 1_000;

export interface RouteOptions {
  readonly glass: GlassStore;
  readonly lines: LineStore;
  readonly clock: () => Date;
  readonly log: Logger;
}

type AccessRoute = Route<AccessCaller>;
type Answer = Awaited<ReturnType<AccessRoute>>;

const text = z.string().min(1).max(200);
const glassQuestion = z.strictObject({
  users: z.array(z.strictObject({ user: text, organisation: text })).max(MOST_USERS),
});

/**
 * What gateways ask for themselves, as plain JSON: `/audit/lines`, `/audit/head` (`@caregraph/service/audit/chain.ts`), and
 * `/glass`, `{ users: [{ user, organisation }] }`, answered by `{ grants }`: for each user, in this order, the grants in force,
 * `[{ id, nhsNumber, until }]`.
 */
export function accessRoutes({ glass, lines, clock, log }: RouteOptions): Readonly<Record<string, AccessRoute>> {
  return {
    '/audit/lines': forGateways(shipment, LINES, async ({ chain, lines: texts }, signal) => {
      const { head, why } = await lines.append(chain, texts, signal);
      if (why === null) return { status: 200, body: { upTo: head.seq } };
      log.error(
        { chain, head: head.seq, why },
        'ALARM: a gateway sent audit lines that do not belong where they should',
      );
      return { status: 409, body: asHead(head) };
    }),

    '/audit/head': forGateways(headQuestion, HEAD, async ({ chain }, signal) => ({
      status: 200,
      body: asHead(await lines.head(chain, signal)),
    })),

    '/glass': forGateways(glassQuestion, GLASS, async ({ users }, signal) => ({
      status: 200,
      body: { grants: await glass.inForce(users, clock(), signal) },
    })),
  };
}

const LINES = 'The body is { "chain": UUID, "lines": [one line or more, each as it was written, in order] }.';
const HEAD = 'The body is { "chain": UUID }.';
const GLASS = `The body is { "users": [at most ${MOST_USERS}, each { "user": …, "organisation": … }] }.`;

/** A route for gateways that ask for themselves. */
function forGateways<Shape extends z.ZodType>(
  shape: Shape,
  wanted: string,
  answer: (body: z.output<Shape>, signal: AbortSignal) => Promise<Answer>,
): AccessRoute {
  return async (body, { caller, signal }) => {
    if (caller !== 'gateway') return { status: 403, body: asGraphQL('ACCESS_DENIED', NOT_FOR_USERS) };
    const result = shape.safeParse(body);
    if (!result.success) return { status: 400, body: asGraphQL('INVALID_PARAMETER', wanted) };
    try {
      return await answer(result.data, signal);
    } catch (error) {
      // A gateway that waits no longer is nothing that has failed here.
      if (!signal.aborted) throw error;
      return { status: 503, body: asGraphQL('TIMED_OUT', 'The time that this request was given has passed.') };
    }
  };
}

const NOT_FOR_USERS = 'Only a gateway may ask this, for itself: its token says so in the claim "sub".';

const asHead = ({ seq, hash }: Head): object => ({ seq, hash: seq === NO_LINES.seq ? null : hash });
