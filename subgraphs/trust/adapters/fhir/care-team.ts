import type { Coding, Contact, ContactKind, CoverGap, DayOfWeek, OpeningHours, Team } from '../../records.ts';
import { CARE_COORDINATOR_ROLES, PRIORITIES, SNOMED, TEAM_KINDS } from './codes.ts';
import { concepts, inWords, telecoms } from './datatypes.ts';
import { bool, type Element, element, elements, Malformed, type Resource, text, texts, zeroOrOne } from './element.ts';
import {
  guarded,
  idOf,
  idWithin,
  lastUpdated,
  type Mapped,
  type MappingContext,
  mapper,
  nameBehind,
  unmapped,
} from './mapping.ts';
import { calendarDay, hasEnded, timeOfDay } from './time.ts';

/**
 * FHIR R4 CareTeam → contacts: the team itself, and each professional or organisation in it. None for a team that is not
 * looking after the patient now. People in the patient's life are contacts as RelatedPerson, not as members of a team.
 */
export const mapCareTeam = mapper<Contact>((careTeam, context) => {
  const status = text(careTeam, 'status');
  if ((status !== null && status !== 'active') || hasEnded(careTeam, 'period', context.now)) return [];
  const updated = lastUpdated(careTeam);
  if (updated === null) return unmapped('no date of change');
  const team = teamOf(careTeam);
  return [
    ...theTeam(careTeam, team, updated, context),
    ...elements(careTeam, 'participant').flatMap((participant, place) =>
      guarded(() => member(careTeam, participant, place, team, updated, context)),
    ),
  ];
});

/** The team that a FHIR R4 CareTeam is; `null` for one without a name. */
export function teamOf(careTeam: Resource): Team | null {
  const codings = concepts(careTeam, 'category').flatMap((each) => each.codings);
  const type = codings.find(({ code }) => TEAM_KINDS.has(code)) ?? null;
  const name = text(careTeam, 'name');
  return name === null ? null : { name, type };
}

/** Whom to look up to map a care team: telephone numbers and hours stand with the members. */
export const followCareTeam = (careTeam: Resource): readonly Element[] =>
  elements(careTeam, 'participant').flatMap((participant) => zeroOrOne(participant, 'member'));

function theTeam(
  careTeam: Resource,
  team: Team | null,
  updated: string,
  { now }: MappingContext,
): readonly Mapped<Contact>[] {
  if (team === null) return unmapped('a team without a name');
  const kind = kindOfTeam(team.type);
  return [
    {
      record: {
        id: idOf(careTeam),
        lastUpdated: updated,
        kind,
        priority: PRIORITIES[kind],
        name: team.name,
        role: null,
        team,
        telecoms: telecoms(careTeam, now),
        hours: [],
        gaps: [],
        outOfHours: null,
      },
    },
  ];
}

function member(
  careTeam: Resource,
  participant: Element,
  place: number,
  team: Team | null,
  updated: string,
  context: MappingContext,
): readonly Mapped<Contact>[] {
  const reference = element(participant, 'member');
  if (reference === null || hasEnded(participant, 'period', context.now)) return [];
  const target = context.resolve(reference, careTeam);
  const type = target?.resourceType ?? /(?:^|\/)([A-Z][A-Za-z]+)\/[^/]+$/.exec(text(reference, 'reference') ?? '')?.[1];
  if (type !== 'Practitioner' && type !== 'PractitionerRole' && type !== 'Organization') return [];
  if (target && (bool(target, 'active') === false || hasEnded(target, 'period', context.now))) return [];
  const name = nameBehind(reference, careTeam, context);
  if (name === null) return unmapped('a member without a name');
  const roles = [
    ...concepts(participant, 'role'),
    ...(type === 'PractitionerRole' && target ? concepts(target, 'code') : []),
  ];
  const codings = roles.flatMap((each) => each.codings);
  const coordinates = codings.some(({ system, code }) => system === SNOMED && CARE_COORDINATOR_ROLES.has(code));
  const kind: ContactKind = coordinates
    ? 'CARE_COORDINATOR'
    : type === 'Organization'
      ? kindOfTeam(codings.find(({ code }) => TEAM_KINDS.has(code)) ?? null)
      : 'PROFESSIONAL';
  return [
    {
      record: {
        id: idWithin(careTeam, 'participant', participant, place),
        lastUpdated: updated,
        kind,
        priority: PRIORITIES[kind],
        name,
        role: inWords(roles),
        team,
        telecoms: target ? telecoms(target, context.now) : [],
        ...(type === 'PractitionerRole' && target ? cover(target) : { hours: [], gaps: [] }),
        outOfHours: null,
      },
    },
  ];
}

const kindOfTeam = (type: Coding | null): ContactKind => TEAM_KINDS.get(type?.code ?? '') ?? 'PROFESSIONAL';

const DAYS: ReadonlyMap<string, DayOfWeek> = new Map([
  ['mon', 'MONDAY'],
  ['tue', 'TUESDAY'],
  ['wed', 'WEDNESDAY'],
  ['thu', 'THURSDAY'],
  ['fri', 'FRIDAY'],
  ['sat', 'SATURDAY'],
  ['sun', 'SUNDAY'],
]);

/**
 * The hours of a PractitionerRole and the gaps in them. Hours half understood would say "nobody there" of somebody who
 * is, or the other way round: when anything of them cannot be said, nothing is said of them.
 */
function cover(role: Resource): Pick<Contact, 'hours' | 'gaps'> {
  try {
    return { hours: elements(role, 'availableTime').map(hours), gaps: elements(role, 'notAvailable').map(gap) };
  } catch (error) {
    if (error instanceof Malformed) return { hours: [], gaps: [] };
    throw error;
  }
}

function hours(available: Element): OpeningHours {
  const days = texts(available, 'daysOfWeek').map((day) => {
    const known = DAYS.get(day);
    if (!known) throw new Malformed('daysOfWeek');
    return known;
  });
  if (days.length === 0) throw new Malformed('daysOfWeek');
  if (bool(available, 'allDay') === true) return { days, allDay: true, opens: null, closes: null };
  const opens = timeOfDay(available, 'availableStartTime');
  const closes = timeOfDay(available, 'availableEndTime');
  if (opens === null || closes === null) throw new Malformed('availableTime');
  return { days, allDay: false, opens, closes };
}

function gap(notAvailable: Element): CoverGap {
  const during = element(notAvailable, 'during');
  const start = during && calendarDay(during, 'start');
  const end = during && calendarDay(during, 'end');
  const description = text(notAvailable, 'description');
  if (!start || !end || description === null) throw new Malformed('notAvailable');
  return { description, start, end };
}
