import type { World } from './world.ts';

/** Something that must hold under a fault, as a bound of one figure. */
export interface Goal {
  readonly id: string;
  /** What the figure is, in words. */
  readonly what: string;
  readonly unit?: 'ms' | '×' | 'MiB' | 's' | '%';
  /** The most, or the least, that the figure may be. */
  readonly atMost?: number;
  readonly atLeast?: number;
  /**
   * How it is asserted in the short version: by the same bound when left out; by another, of a promise that holds on a slow
   * machine too; or, with `false`, not at all, since it is a ratio of times.
   */
  readonly inShort?: false | { readonly atMost?: number; readonly atLeast?: number };
}

/** What a fault has come to. */
export interface Measured {
  /** A figure for each goal, by its id; `null` for one that could not be taken, of which a note says why. */
  readonly figures: Readonly<Record<string, number | null>>;
  /** What there is to say besides, a line each. */
  readonly notes: readonly string[];
}

/** How long answers take with everybody well: p99, in milliseconds. */
export interface Healthy {
  readonly p99: number;
  /** Of patients who are not known to `SLOW_TRUST`: somewhat less, for fewer are asked about them. */
  readonly elsewhereP99: number;
}

/** The trust that is slow where one is. */
export const SLOW_TRUST = 'RT03';

export interface Trial {
  readonly world: World;
  /** Requests a second. */
  readonly rate: number;
  /** How long the fault goes on. */
  readonly seconds: number;
  readonly seed: string;
  /** Whether this is the long run, by which the table is filled. */
  readonly isLong: boolean;
  /** What the same load takes, in the same run, with everybody well; `null` in the short version. */
  readonly healthy: Healthy | null;
}

/** One fault of the table, and what must hold under it. */
export interface Scenario {
  readonly id: number;
  readonly title: string;
  readonly holds: readonly Goal[];
  run(trial: Trial): Promise<Measured>;
}

/** Whether a figure is within a goal; a figure that is not there is not. */
export const isHeld = (
  { atMost, atLeast }: Pick<Goal, 'atMost' | 'atLeast'>,
  figure: number | null | undefined,
): boolean =>
  typeof figure === 'number' &&
  !Number.isNaN(figure) &&
  (atMost === undefined || figure <= atMost) &&
  (atLeast === undefined || figure >= atLeast);

/** How long answers take, as a multiple of what they take without a fault; `null` where that was not measured. */
export const timesHealthy = (ms: number, { healthy }: Trial, than: keyof Healthy = 'p99'): number | null =>
  healthy === null || Number.isNaN(ms) ? null : ms / healthy[than];
