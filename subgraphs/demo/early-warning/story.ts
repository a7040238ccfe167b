import { attendanceOf } from '@caregraph/early-warning/read-picture.ts';
import { inForce } from '@caregraph/early-warning/rules.ts';
import { ukDate } from '@caregraph/service/uk-time.ts';
import type { CareContact, LegalStatus, LocalDate } from '@caregraph/trust/records.ts';
import { consortiumTrust } from '../consortium.ts';
import type { Story } from '../stories/teller.ts';
import { firstSpoken } from './first-spoken.ts';
import { type Held, handOver } from './hand-over.ts';
import type { Lane, Mark, RuleLine, Timeline } from './timeline.ts';

/** A story as a timeline: what each trust wrote down, and when each rule would first have spoken, to all and to each alone. */
export function timelineOf({ nhsNumber, held }: Story, title: string, today: LocalDate): Timeline {
  const rules = inForce();
  const shared = firstSpoken(rules, handOver(nhsNumber, held), today);
  const alone = [...held].map(([odsCode, own]) => ({
    odsCode,
    first: firstSpoken(rules, handOver(nhsNumber, new Map([[odsCode, own]])), today),
  }));
  const lanes = [...held].map(([odsCode, own]): Lane => ({ ...consortiumTrust(odsCode), marks: marksOf(own) }));
  const days = lanes.flatMap(({ marks }) => marks.map(({ from }) => from)).sort();
  return {
    title,
    notes: [
      'Made up, after the shape of what an investigation of 2013 found; nobody’s life. Days count back from the day on which this was drawn.',
      'A day is the first at whose end the rule would have been raised, from what had been recorded by then. Alone: as if a trust’s own records were all there is.',
      'A warning prompts a clinician, and never decides.',
    ],
    from: days[0] ?? today,
    until: today,
    lanes,
    rules: rules
      .map(
        ({ rule }): RuleLine => ({
          id: rule.id,
          severity: rule.severity,
          shared: shared.get(rule.id) ?? null,
          alone: alone.flatMap(({ odsCode, first }) => {
            const day = first.get(rule.id);
            return day === undefined ? [] : [{ odsCode, day }];
          }),
        }),
      )
      .sort((one, other) => ((one.shared ?? '9') < (other.shared ?? '9') ? -1 : 1)),
  };
}

function marksOf({ careContacts, hospitalSpells, legalStatuses }: Held): Mark[] {
  return [
    ...careContacts.flatMap((contact): Mark[] => markOf(contact)),
    ...hospitalSpells.map(
      ({ start, end, ward }): Mark => ({
        kind: 'stay',
        from: dayOf(start),
        to: dayOf(end ?? start),
        says: ward ?? 'In hospital',
      }),
    ),
    ...legalStatuses.filter(isPlaceOfSafety).map(
      ({ start, end, status }): Mark => ({
        kind: 'detention',
        from: dayOf(start),
        to: dayOf(end ?? start),
        says: status.display ?? status.code,
      }),
    ),
  ];
}

function markOf({ start, attendStatus, team, place }: CareContact): Mark[] {
  const from = dayOf(start);
  const says = [from, team?.name, place].filter(Boolean).join(', ');
  switch (attendanceOf(attendStatus)) {
    case 'SEEN':
      return [{ kind: 'seen', from, to: from, says }];
    case 'MISSED':
      return [{ kind: 'missed', from, to: from, says: `${says}: did not come` }];
    default:
      return [];
  }
}

const isPlaceOfSafety = ({ status }: LegalStatus): boolean => ['19', '20'].includes(status.code);

const dayOf = (moment: string): LocalDate => ukDate(new Date(moment));
