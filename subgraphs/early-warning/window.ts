import { daysBefore } from '@caregraph/service/uk-time.ts';
import type { Span } from './facts.ts';

/** The last so many days: from the same time of day by UK clocks, to the moment itself, both included. */
export const lookedAt = (at: number, days: number): Span => ({ from: daysBefore(at, days), to: at });
