import type { Watched } from './load.ts';

/** What `sources` says of a trust that is not asked because its breaker is open. */
const HELD_OFF = /not asked again/;

/** Whether an answer says that a trust was not asked, since it failed too often before. */
export const isHeldOff = ({ reason }: Pick<Watched, 'reason'>): boolean => reason !== null && HELD_OFF.test(reason);

/** When the first request was to be sent that found a breaker open, in milliseconds from the beginning; `null` when none did. */
export function openedAt(watched: readonly Watched[], from = 0): number | null {
  const times = watched.filter((each) => each.at >= from && isHeldOff(each)).map(({ at }) => at);
  return times.length > 0 ? Math.min(...times) : null;
}
