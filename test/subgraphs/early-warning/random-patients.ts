import type { RecordType } from '@caregraph/early-warning/picture.ts';
import fc from 'fast-check';
import {
  ALL_LISTS,
  code,
  contact,
  death,
  detention,
  type Entry,
  FOREIGN,
  inCrisis,
  type Knowledge,
  missed,
  plan,
  referral,
  spell,
  team,
  unplanned,
} from './patients.ts';

/*
 * Random patients, whose times fall on the edges of the rules' windows, or next to them, more often than anywhere else.
 */

/** Three trusts, so that two may be known and one missing. */
export const TRUSTS = ['RXT', 'RYG', 'TAJ'] as const;

/** Moments at which a patient is looked at: some day in winter, and days within a window of both clock changes. */
export const MOMENTS = [
  '2026-02-10T14:30:00Z',
  '2026-03-29T03:30:00+01:00',
  '2026-04-02T00:00:00+01:00',
  '2026-10-25T01:30:00Z',
  '2026-10-28T00:00:00Z',
] as const;

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

const text = (moment: number): string => new Date(moment).toISOString();

const trust = fc.constantFrom(...TRUSTS);

const before = (at: number, days: readonly number[], furthest: number): fc.Arbitrary<string> =>
  fc
    .oneof(
      { weight: 3, arbitrary: fc.tuple(fc.constantFrom(...days), fc.constantFrom(0, 0, 1, -1, HOUR_MS, -HOUR_MS)) },
      { weight: 2, arbitrary: fc.tuple(fc.nat(furthest), fc.nat(DAY_MS)) },
    )
    .map(([daysAgo, ms]) => text(at - daysAgo * DAY_MS + ms));

const lately = (at: number) => before(at, [0, 1, 2, 3, 4, 5, 6, 7, 14, 27, 28, 29], 30);
const everBefore = (at: number) => before(at, [-1, 1, 3, 7, 28, 89, 90, 91, 365, 366], 370);

/** An end after a start; `null` for what goes on. */
const endAfter = (start: string, at: number): fc.Arbitrary<string | null> =>
  fc.oneof(
    fc.constant(null),
    fc.double({ min: 0, max: 1, noNaN: true }).map((share) => {
      const from = Date.parse(start);
      return new Date(from + Math.round(share * Math.max(at + DAY_MS - from, HOUR_MS))).toISOString();
    }),
  );

const seenOrNot = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('ATTENDED_ON_TIME', 'ATTENDED_LATE', 'ATTENDED') },
  { weight: 3, arbitrary: fc.constantFrom('DID_NOT_ATTEND', 'LATE_NOT_SEEN') },
  { weight: 1, arbitrary: fc.constantFrom('CANCELLED_BY_PATIENT', 'CANCELLED_BY_PROVIDER') },
);
const teams = fc.constantFrom(team('A02'), team('A02'), team('A11'), team('A06'), team('A06'));

const contacts = (at: number) =>
  fc
    .tuple(trust, fc.oneof(lately(at), lately(at), everBefore(at)), seenOrNot, fc.boolean(), teams, mechanism)
    .map(([who, start, attendStatus, planned, met, consultationMechanism]) =>
      contact(who, start, { attendStatus, planned, team: met, consultationMechanism }),
    );
const mechanism = fc.constantFrom('01', '01', '02', '05').map(code);

const stays = (at: number) =>
  fc
    .tuple(trust, fc.oneof(lately(at), everBefore(at)), fc.constantFrom('200', '200', '212', '206').map(code))
    .chain(([who, start, bedClass]) =>
      fc
        .tuple(
          endAfter(start, at),
          fc.constantFrom('1', '1', '1', '4').map(code),
          fc.constantFrom('19', '19', '19', '37').map(code),
          fc.option(endAfter(start, at)),
        )
        .map(([end, dischargeMethod, dischargeDestination, away]) =>
          spell(who, start, end, {
            bedClass,
            dischargeMethod,
            dischargeDestination,
            absences: away === null && end !== null ? [] : [{ start, end: away }],
          }),
        ),
    );

const detentions = (at: number) =>
  fc
    .tuple(trust, fc.oneof(lately(at), everBefore(at)), fc.constantFrom('20', '19', '02', '01').map(code))
    .chain(([who, start, status]) => endAfter(start, at).map((end) => detention(who, start, end, { status })));

const plans = (at: number) =>
  fc
    .tuple(
      trust,
      before(at, [0, 1, 28, 365], 400),
      fc.constantFrom('ACTIVE', 'ACTIVE', 'COMPLETED', 'DRAFT'),
      fc.option(fc.constantFrom(-30, -1, 0, 1, 365)),
    )
    .map(([who, created, status, due]) =>
      plan(who, Date.parse(created) > at ? text(at) : created, {
        status,
        reviewDue: due === null ? null : new Date(at + due * DAY_MS).toISOString().slice(0, 10),
      }),
    );

const referrals = (at: number) =>
  fc
    .tuple(trust, fc.oneof(lately(at), everBefore(at)), teams)
    .chain(([who, start, met]) => endAfter(start, at).map((end) => referral(who, start, end, { team: met })));

const deaths = (at: number) =>
  fc
    .tuple(trust, fc.constantFrom(0, 1, 2, 3, 4, 30))
    .map(([who, daysAgo]) => death(who, new Date(at - daysAgo * DAY_MS).toISOString().slice(0, 10)));

/** Something that some rule is about. By themselves, records seldom stand so. */
function scene(at: number): fc.Arbitrary<readonly Entry[]> {
  const on = (daysAgo: number, ms = 0): string => text(at - daysAgo * DAY_MS + ms);
  const days = (least: number, most: number) => fc.integer({ min: least, max: most });
  return fc.oneof(
    fc
      .tuple(trust, days(1, 360), days(0, 10))
      .map(([who, ago, sooner]) => [
        missed(who, on(ago + sooner)),
        referral(who, on(ago + sooner + 30), on(ago, HOUR_MS), { team: team('A06') }),
      ]),
    fc
      .tuple(trust, trust, days(0, 28), days(0, 300))
      .map(([who, other, ago, sooner]) => [missed(who, on(ago)), missed(other, on(ago + sooner))]),
    fc
      .tuple(fc.array(trust, { minLength: 2, maxLength: 4 }), days(0, 27))
      .map(([who, ago]) => who.map((each, i) => inCrisis(each, on(ago, i * HOUR_MS)))),
    fc
      .tuple(trust, fc.option(trust), days(1, 8), days(1, 5))
      .map(([who, other, every, times]) =>
        Array.from({ length: times }, (_, i) => inCrisis(i % 2 === 1 ? (other ?? who) : who, on(i * every, -HOUR_MS))),
      ),
    fc
      .tuple(trust, days(0, 95), fc.option(fc.tuple(trust, days(0, 5))))
      .map(([who, ago, after]) => [
        spell(who, on(ago + 20), on(ago)),
        ...(after ? [contact(after[0], on(ago - after[1]))] : []),
      ]),
    fc
      .tuple(trust, trust, days(0, 29))
      .map(([who, other, ago]) => [referral(who, on(100), null), unplanned(other, on(ago))]),
    fc.tuple(trust, trust).map(([who, other]) => [plan(who, on(40)), plan(other, on(20))]),
  );
}

/** A patient of whom everything is known. */
export interface Known {
  /** When the patient is looked at, in milliseconds since 1970. */
  readonly at: number;
  readonly entries: readonly Entry[];
  readonly planPointers: readonly string[];
}

/** Up to so many of something, and often none. */
const some = <T>(each: fc.Arbitrary<T>, most: number): fc.Arbitrary<T[]> =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constant<T[]>([]) },
    { weight: 1, arbitrary: fc.array(each, { minLength: 1, maxLength: most }) },
  );

const anything = (at: number): fc.Arbitrary<readonly Entry[]> =>
  fc
    .tuple(
      some(contacts(at), 5),
      some(stays(at), 2),
      some(detentions(at), 2),
      some(plans(at), 2),
      some(referrals(at), 2),
      fc.oneof(
        { weight: 6, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.array(deaths(at), { maxLength: 2 }) },
      ),
    )
    .map((lists) => lists.flat());

/** Everything there is of a patient. Whoever has published a pointer to a plan has given the plan as well. */
export const known: fc.Arbitrary<Known> = fc.constantFrom(...MOMENTS).chain((moment) => {
  const at = Date.parse(moment);
  return fc
    .tuple(fc.array(scene(at), { maxLength: 2 }), anything(at), fc.subarray([...TRUSTS]))
    .map(([scenes, rest, publishing]) => {
      const entries = [...scenes.flat(), ...rest];
      const holders = entries.flatMap(({ list, record }) =>
        list === 'crisisPlans' && record.status === 'ACTIVE' ? [record.custodian.odsCode] : [],
      );
      return { at, entries, planPointers: publishing.filter((custodian) => holders.includes(custodian)) };
    });
});

/** What was hidden of a patient: by list, by custodian, or both. */
export interface Hidden {
  readonly entries: readonly Entry[];
  readonly knowledge: Knowledge;
}

/** Some lists of some custodians did not come. */
export const withoutLists = ({ entries, planPointers }: Known): fc.Arbitrary<Hidden> =>
  fc
    .record({ RXT: lists, RYG: lists, TAJ: lists })
    .map((missing) => ({ entries, knowledge: { asked: TRUSTS, planPointers, missing } }));
const lists: fc.Arbitrary<RecordType[]> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<RecordType[]>([]) },
  { weight: 3, arbitrary: fc.constantFrom(...ALL_LISTS).map((list) => [list]) },
  { weight: 2, arbitrary: fc.subarray([...ALL_LISTS]) },
);

/** The index could not be asked, so that of one custodian, or more, nobody knows that there is something. */
export const withoutIndex = ({ entries }: Known): fc.Arbitrary<Hidden> =>
  fc.subarray([...TRUSTS], { minLength: 1 }).map((unknown) => {
    const asked = TRUSTS.filter((custodian) => !unknown.includes(custodian));
    const rest = entries.filter(({ record }) => !unknown.some((custodian) => custodian === record.custodian.odsCode));
    return { entries: rest, knowledge: { asked, indexLost: true } };
  });

/** Some fields of some records are not filled in, or in a code that nobody here reads. */
export const withoutFields = ({ at, entries, planPointers }: Known): fc.Arbitrary<Hidden> =>
  fc
    .tuple(...entries.map((entry) => fc.oneof(fc.constant(entry), blanked(entry, at))))
    .map((rest) => ({ entries: rest, knowledge: { asked: TRUSTS, planPointers } }));

/** Some fields are not filled in, and some lists did not come. */
export const withoutMuch = (all: Known): fc.Arbitrary<Hidden> =>
  withoutFields(all).chain(({ entries }) => withoutLists({ ...all, entries }));

/** Some plans are known by their pointers alone. */
export const onPaper = ({ entries, planPointers }: Known): fc.Arbitrary<Hidden> =>
  fc.subarray([...planPointers]).map((papers) => ({
    entries: entries.filter(({ list, record }) => list !== 'crisisPlans' || !papers.includes(record.custodian.odsCode)),
    knowledge: { asked: TRUSTS, planPointers },
  }));

function blanked(entry: Entry, at: number): fc.Arbitrary<Entry> {
  const unread = fc.constantFrom(null, FOREIGN);
  const unreadTeam = fc.constantFrom(null, { type: null }, { type: FOREIGN });
  switch (entry.list) {
    case 'careContacts': {
      const { record } = entry;
      // Of a meeting that is still to come, nobody has to say whether it was kept.
      const status = Date.parse(record.start) <= at ? fc.constantFrom(null, record.attendStatus) : fc.constant(null);
      const planned = fc.constantFrom(null, record.planned);
      return fc
        .tuple(
          status,
          planned,
          fc.oneof(unreadTeam, fc.constant(record.team)),
          fc.oneof(unread, fc.constant(record.consultationMechanism)),
        )
        .map(([attendStatus, isPlanned, met, consultationMechanism]) => ({
          list: 'careContacts',
          record: { ...record, attendStatus, planned: isPlanned, team: met, consultationMechanism },
        }));
    }
    case 'hospitalSpells':
      // A stay of which nobody has said how it ended, or where to, is taken for one that asks for a follow-up.
      return unread.map((bedClass) => ({ list: 'hospitalSpells', record: { ...entry.record, bedClass } }));
    case 'legalStatuses':
      return fc.constant({ list: 'legalStatuses', record: { ...entry.record, status: FOREIGN } });
    case 'crisisPlans':
      return fc.constant({ list: 'crisisPlans', record: { ...entry.record, status: 'UNKNOWN' } });
    case 'referrals':
      return unreadTeam.map((met) => ({ list: 'referrals', record: { ...entry.record, team: met } }));
    case 'demographics':
      return fc.constant({ list: 'demographics', record: { ...entry.record, deceasedDate: null } });
  }
}

/** A patient as handed over long after the moment that is asked about: records were changed since, ended, or put in late. */
export function changedSince({ at, entries, planPointers }: Known): fc.Arbitrary<Hidden> {
  const since = text(at + HOUR_MS);
  const unchanged = (entry: Entry): Entry => updated(entry, text(at - 1));
  const changed = (entry: Entry): fc.Arbitrary<Entry> => altered(entry, at).map((other) => updated(other, since));
  // Of a meeting that was still to come, and has been kept or missed since, nobody can say whether it was booked by then: it is
  // read as not there, and no promise is made of it.
  const isToCome = ({ list, record }: Entry): boolean => list === 'careContacts' && Date.parse(record.start) > at;
  const each = (entry: Entry): fc.Arbitrary<Entry> =>
    isToCome(entry) ? fc.constant(unchanged(entry)) : fc.oneof(fc.constant(unchanged(entry)), changed(entry));
  return fc.tuple(fc.tuple(...entries.map(each)), fc.oneof(fc.constant([]), anything(at))).map(([old, late]) => ({
    entries: [...old, ...late.map((entry) => updated(entry, since))],
    knowledge: { asked: TRUSTS, planPointers },
  }));
}

function updated(entry: Entry, lastUpdated: string): Entry {
  switch (entry.list) {
    case 'careContacts':
      return { list: entry.list, record: { ...entry.record, lastUpdated } };
    case 'hospitalSpells':
      return { list: entry.list, record: { ...entry.record, lastUpdated } };
    case 'legalStatuses':
      return { list: entry.list, record: { ...entry.record, lastUpdated } };
    case 'crisisPlans':
      return { list: entry.list, record: { ...entry.record, lastUpdated } };
    case 'referrals':
      return { list: entry.list, record: { ...entry.record, lastUpdated } };
    case 'demographics':
      return { list: entry.list, record: { ...entry.record, lastUpdated } };
  }
}

/** What a record may say later: anything, but when it began; and an end, once there, stays. */
function altered(entry: Entry, at: number): fc.Arbitrary<Entry> {
  /** An end that is to come may be another; one may be put in late, of what had ended before. */
  const end = (record: { readonly start: string; readonly end?: string | null | undefined }) =>
    record.end && Date.parse(record.end) <= at ? fc.constant(record.end) : endAfter(record.start, at);
  switch (entry.list) {
    case 'careContacts': {
      const { record } = entry;
      return fc
        .tuple(seenOrNot, fc.boolean(), teams, mechanism)
        .map(([attendStatus, planned, met, consultationMechanism]) => ({
          list: 'careContacts',
          record: { ...record, attendStatus, planned, team: met, consultationMechanism },
        }));
    }
    case 'hospitalSpells': {
      const { record } = entry;
      const absences = fc.tuple(...record.absences.map((away) => end(away).map((back) => ({ ...away, end: back }))));
      return fc
        .tuple(end(record), fc.constantFrom('200', '206').map(code), fc.constantFrom('1', '4').map(code), absences)
        .map(([left, bedClass, dischargeMethod, away]) => ({
          list: 'hospitalSpells',
          record: { ...record, end: left, bedClass, dischargeMethod, absences: away },
        }));
    }
    case 'legalStatuses':
      return fc.tuple(end(entry.record), fc.constantFrom('20', '02').map(code)).map(([over, status]) => ({
        list: 'legalStatuses',
        record: { ...entry.record, end: over, status },
      }));
    case 'crisisPlans':
      return fc
        .constantFrom('ACTIVE', 'COMPLETED', 'REVOKED')
        .map((status) => ({ list: 'crisisPlans', record: { ...entry.record, status } }));
    case 'referrals':
      return fc.tuple(end(entry.record), teams).map(([closed, met]) => ({
        list: 'referrals',
        record: { ...entry.record, end: closed, team: met },
      }));
    case 'demographics':
      return deaths(at).map(({ record }) => ({
        list: 'demographics',
        record: { ...entry.record, deceasedDate: record.deceasedDate },
      }));
  }
}
