import type { SentRequest } from '../gather/scope.ts';
import type { Budget } from './budget.ts';
import type { Course } from './transport.ts';

/**
 * Whether a request only reads, and does no harm when it is made twice. Whatever is not certain to is taken for one that
 * writes. (A fetch of the planner holds one operation, and begins with it; so does what is written for custodians.)
 */
export const isRead = ({ query }: SentRequest): boolean => /^\s*(query\b|\{)/.test(query);

/**
 * Whether a request may be made a second time. One that has reached nobody may. Of any other it is not known what became of
 * it, not even when it was sent over a connection that was just being closed: it may when it only reads, and as long as such
 * calls stay few, for somebody in trouble is not helped by being asked everything twice.
 */
export function mayRetry(course: Course, isRead: boolean, budget: Budget): boolean {
  switch (course) {
    case 'NOT_REACHED':
      return true;
    case 'BROKEN':
      return isRead && budget.spend();
    case 'ANSWERED':
    case 'TOO_MUCH':
    case 'TIMED_OUT':
    case 'CANCELLED':
      return false;
  }
}
