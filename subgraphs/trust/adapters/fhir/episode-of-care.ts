import type { Referral, Team } from '../../records.ts';
import { teamOf } from './care-team.ts';
import { elements, type Resource, text } from './element.ts';
import { idOf, lastUpdated, type MappingContext, mapper, unmapped } from './mapping.ts';
import { hasEnded, period } from './time.ts';

/** States of an episode that goes on: only then is a referral open. */
const LASTING: ReadonlySet<string> = new Set(['waitlist', 'active', 'onhold']);

/** States of one that is over. One that was cancelled had begun, or been asked for. */
const OVER: ReadonlySet<string> = new Set(['finished', 'cancelled']);

/** One that is only planned has not been received yet; one in error never was. */
const NO_REFERRAL: ReadonlySet<string> = new Set(['planned', 'entered-in-error']);

/** FHIR R4 EpisodeOfCare → referral. Where a patient was referred on to, and why care ended, it has no place for. */
export const mapEpisodeOfCare = mapper<Referral>((episode, context) => {
  const status = text(episode, 'status') ?? '';
  if (NO_REFERRAL.has(status)) return [];
  if (!LASTING.has(status) && !OVER.has(status)) return unmapped('no status');
  const { start, end } = period(episode, 'period');
  if (start === null) return unmapped('no start');
  if (end === null && OVER.has(status)) return unmapped('ended, and nobody knows when');
  const updated = lastUpdated(episode);
  if (updated === null) return unmapped('no date of change');
  return [
    {
      record: {
        id: idOf(episode),
        lastUpdated: updated,
        start,
        // Of care that goes on, an end still to come is only meant.
        end: OVER.has(status) || hasEnded(episode, 'period', context.now) ? end : null,
        team: teamBehind(episode, context),
        closeReason: null,
        onwardReferrals: [],
      },
    },
  ];
});

/** The first team that has a name: a CareTeam of the patient's, else as the reference itself calls it. */
function teamBehind(episode: Resource, context: MappingContext): Team | null {
  const teams = elements(episode, 'team').flatMap((reference): readonly Team[] => {
    const target = context.resolve(reference, episode);
    const known = target?.resourceType === 'CareTeam' ? teamOf(target) : null;
    const name = text(reference, 'display');
    return known ? [known] : name === null ? [] : [{ name, type: null }];
  });
  return teams[0] ?? null;
}
