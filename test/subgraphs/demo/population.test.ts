import { patientsOf } from '@caregraph/demo/patients.ts';
import { MISSED, SEEN } from '@caregraph/demo/population/journey.ts';
import type { PatientRecords } from '@caregraph/demo/population/patient-records.ts';
import { population, populationOf } from '@caregraph/demo/population/population.ts';
import { TRUSTS } from '@caregraph/demo/population/trusts.ts';
import { holdsNHSNumber } from '@caregraph/locator/nhs-number-in-text.ts';
import { addDays, startOfDay, wallClock } from '@caregraph/service/uk-time.ts';
import { contractSchema, recordChecks } from '@caregraph/trust/contract-schema.ts';
import type { AlertCategory, AttendStatus, PlanStatus } from '@caregraph/trust/records.ts';
import fc from 'fast-check';
import oracle from 'nhs-number-validator';
import { describe, expect, test } from 'vitest';
import { allOf, DRAMA, TODAY, telephoneNumbersIn, textsIn } from './made-up.ts';

const everybody = new Map(TRUSTS.map(({ odsCode }) => [odsCode, patientsOf(odsCode, TODAY)]));
const held = [...everybody.values()].flat();
const numbers = new Set(held.map(({ nhsNumber }) => nhsNumber));
const MOMENT = /^\d{4}-\d\d-\d\dT[\d:]+Z$/;
const texts = [
  ...new Set(held.flatMap((records) => [...textsIn({ ...records, nhsNumber: null })].map(({ text }) => text))),
].filter((text) => !MOMENT.test(text));

describe('the made-up population', () => {
  test('has at least 2,000 patients, each known to one to five trusts', () => {
    const trusts = new Map<string, number>();
    for (const { nhsNumber } of held) trusts.set(nhsNumber, (trusts.get(nhsNumber) ?? 0) + 1);
    expect(numbers.size).toBeGreaterThanOrEqual(2_000);
    expect(new Set(trusts.values())).toEqual(new Set([1, 2, 3, 4, 5]));
    for (const patients of everybody.values()) expect(patients.length).toBeGreaterThan(100);
  });

  test('is the same for the same seed and day, and another for another seed', () => {
    const options = { seed: 'one', today: TODAY, size: 40 };
    expect(population(options)).toEqual(population({ ...options }));
    expect(population(options)).not.toEqual(population({ ...options, seed: 'two' }));
  });

  test('moves along with the day: the same people, the same ids, later dates', () => {
    const today = populationOf('RXT', { seed: 'one', today: TODAY, size: 120 });
    const later = populationOf('RXT', { seed: 'one', today: addDays(TODAY, 9), size: 120 });
    const ids = (patients: readonly PatientRecords[]) =>
      patients.map(({ nhsNumber, alerts }) => [nhsNumber, alerts.map(({ id }) => id)]);
    expect(ids(later)).toEqual(ids(today));
    expect(later).not.toEqual(today);
  });

  test('gives a trust the same share whether or not the others are made up too', () => {
    const options = { seed: 'share', today: TODAY, size: 150 };
    const all = population(options);
    for (const { odsCode } of TRUSTS) expect(populationOf(odsCode, options)).toEqual(all.get(odsCode));
  });

  test('has valid NHS numbers of its own part of the 999 range', () => {
    for (const number of numbers) {
      expect(oracle.validate(number)).toBe(true);
      expect(number).toMatch(/^999[0-8]/);
    }
  });

  test('fits the contract in every record', () => {
    const checks = recordChecks(contractSchema());
    const problems = held.flatMap(({ demographics, ...records }) => {
      const lists = new Map<string, unknown>(Object.entries({ ...records, demographics: [demographics] }));
      return [...checks].flatMap(([type, check]) => {
        const list = lists.get(type);
        return Array.isArray(list) ? list.map(check).filter((problem) => problem !== null) : [`no ${type}`];
      });
    });
    expect(problems).toEqual([]);
  });

  test('shows everything that the contract can say', () => {
    const seen = <T>(values: readonly T[]) => new Set(values);
    expect(seen(held.flatMap(({ careContacts }) => careContacts.map(({ attendStatus }) => attendStatus)))).toEqual(
      new Set<AttendStatus | null>([
        'ATTENDED_ON_TIME',
        'ATTENDED_LATE',
        'ATTENDED',
        'LATE_NOT_SEEN',
        'CANCELLED_BY_PATIENT',
        'DID_NOT_ATTEND',
        'CANCELLED_BY_PROVIDER',
        null,
      ]),
    );
    expect(
      seen(
        held.map(
          ({ demographics: { deceased, deceasedDate } }) => `${deceased}, ${deceasedDate ? 'on a day' : 'no day'}`,
        ),
      ),
    ).toEqual(new Set(['true, on a day', 'true, no day', 'false, no day', 'null, no day']));
    expect(seen(held.flatMap(({ alerts }) => alerts.map(({ category }) => category)))).toEqual(
      new Set<AlertCategory>([
        'SAFEGUARDING',
        'SCENE_SAFETY',
        'PSYCHOLOGICAL_SOCIAL',
        'REASONABLE_ADJUSTMENT',
        'REPEAT_CALLER',
        'RISK_TO_SELF',
        'RISK_TO_OTHERS',
        'LEGAL_STATUS',
        'MISSING_PERSON',
        'OTHER',
      ]),
    );
    expect(seen(held.flatMap(({ crisisPlans }) => crisisPlans.map(({ status }) => status)))).toEqual(
      new Set<PlanStatus>(['DRAFT', 'ACTIVE', 'ON_HOLD', 'REVOKED', 'COMPLETED', 'ENTERED_IN_ERROR']),
    );
    expect(seen(held.flatMap(({ legalStatuses }) => legalStatuses.map(({ status }) => status.code)))).toEqual(
      new Set(['01', '02', '03', '20']),
    );
    const referrals = held.flatMap((records) => records.referrals);
    expect(seen(referrals.map(({ closeReason }) => closeReason?.code))).toEqual(
      new Set([undefined, '02', '04', '05', '06', '07']),
    );
    expect(referrals.filter(({ onwardReferrals }) => onwardReferrals.length > 0).length).toBeGreaterThan(10);
    const plans = held.flatMap(({ crisisPlans }) => crisisPlans);
    expect(plans.some(({ whatHelps, documents }) => whatHelps === null && documents.length > 0)).toBe(true);
    expect(plans.some(({ status, reviewDue }) => status === 'ACTIVE' && reviewDue !== null && reviewDue < TODAY)).toBe(
      true,
    );
    expect(held.some(({ paperPlans }) => paperPlans.length > 0)).toBe(true);
    expect(held.some(({ hospitalSpells }) => hospitalSpells.some(({ absences }) => absences.length > 0))).toBe(true);
    expect(held.some(({ contacts }) => contacts.some(({ gaps }) => gaps.length > 0))).toBe(true);
  });

  test('has patients whose referral was closed after a missed meeting, with nothing at that trust afterwards', () => {
    const dropped = held.filter(({ referrals, careContacts }) => {
      const last = careContacts.toSorted((one, other) => (one.start < other.start ? -1 : 1)).at(-1);
      const closed = referrals.some(
        ({ end, closeReason }) => end !== null && end > (last?.start ?? '') && closeReason?.code === '06',
      );
      return closed && MISSED.has(last?.attendStatus ?? null);
    });
    expect(dropped.length).toBeGreaterThan(20);
  });

  test('has patients referred on to other trusts, each of which knows them', () => {
    for (const [odsCode, patients] of everybody) {
      for (const { nhsNumber, referrals } of patients) {
        for (const { to } of referrals.flatMap(({ onwardReferrals }) => onwardReferrals)) {
          expect(to).not.toBe(odsCode);
          expect(everybody.get(to)?.some((known) => known.nhsNumber === nhsNumber)).toBe(true);
        }
      }
    }
  });

  test('has trusts that know the same patient differently', () => {
    const names = Map.groupBy(held, ({ nhsNumber }) => nhsNumber);
    const differing = [...names.values()].filter(
      (records) => new Set(records.map(({ demographics }) => JSON.stringify(demographics.address))).size > 1,
    );
    expect(differing.length).toBeGreaterThan(100);
  });
});

describe('what is written of the patients', () => {
  test('is finished: no alternative is left unchosen, no fact left out', () => {
    expect(texts.filter((text) => /[[\]{}|]|undefined|null| {2}|\.\.|,,| [,.]/.test(text))).toEqual([]);
  });

  test('names nobody’s NHS number, in an address or anywhere else', () => {
    expect(texts.filter(holdsNHSNumber)).toEqual([]);
  });

  test('has no telephone number but those that Ofcom keeps for drama', () => {
    const telecoms = held.flatMap((records) =>
      [...textsIn(records)].flatMap(({ path, text }) => (path.endsWith('.value') && !text.includes('@') ? [text] : [])),
    );
    expect(telecoms.length).toBeGreaterThan(5_000);
    expect([...telecoms, ...texts.flatMap(telephoneNumbersIn)].filter((number) => !DRAMA.test(number))).toEqual([]);
  });

  test('points to nowhere but addresses that are kept for examples', () => {
    const urls = held.flatMap(({ crisisPlans }) =>
      crisisPlans.flatMap(({ documents }) => documents.map(({ url }) => url)),
    );
    expect(urls.length).toBeGreaterThan(100);
    expect(urls.filter((url) => !/^https:\/\/records\.example\/[A-Z0-9]{3}\//.test(url ?? ''))).toEqual([]);
  });

  test('does not read alike: of the plans with headings, no two are the same', () => {
    const plans = held
      .flatMap(({ crisisPlans }) => crisisPlans)
      .filter(({ whatHelps }) => whatHelps !== null)
      .map((plan) =>
        JSON.stringify([plan.earlyWarningSigns, plan.possibleTriggers, plan.copingStrategies, plan.whatHelps]),
      );
    expect(plans.length).toBeGreaterThan(1_000);
    expect(new Set(plans).size).toBe(plans.length);
  });

  test('speaks of children, pets and postcodes only as they can be', () => {
    for (const { demographics, crisisPlans } of held) {
      expect(demographics.address?.postalCode ?? 'ZZ99 1AA').toMatch(/^ZZ99 [124-9][A-Z]{2}$/);
      const age = Number(TODAY.slice(0, 4)) - Number((demographics.birthDate ?? '').slice(0, 4));
      for (const plan of crisisPlans) {
        if (age < 18) expect(plan.dependants).toBeNull();
        if (plan.pets?.[0] !== undefined) expect(plan.pets).toHaveLength(1);
      }
    }
  });
});

describe('a made-up life', () => {
  const lives = fc
    .record({ seed: fc.string({ minLength: 1, maxLength: 12 }), days: fc.nat(400) })
    .map(({ seed, days }) => {
      const today = addDays(TODAY, days);
      const byTrust = population({ seed, today, size: 40 });
      const patients = Map.groupBy([...byTrust.values()].flat(), ({ nhsNumber }) => nhsNumber);
      return { patients, midnight: startOfDay(today) };
    });
  const each = (check: (records: readonly PatientRecords[], midnight: number) => void): void =>
    fc.assert(
      fc.property(lives, ({ patients, midnight }) => {
        for (const records of patients.values()) check(records, midnight);
      }),
      { numRuns: 15 },
    );
  const when = (moment: string): number => Date.parse(moment);

  test('has no two stays in hospital at once, at whatever trusts', () =>
    each((records, midnight) => {
      const stays = records
        .flatMap(({ hospitalSpells }) => hospitalSpells)
        .map(({ start, end }) => [when(start), end === null ? midnight : when(end)] as const)
        .sort(([one], [other]) => one - other);
      for (const [i, [start, end]] of stays.entries()) {
        expect(end).toBeGreaterThan(start);
        expect(stays[i + 1]?.[0] ?? midnight).toBeGreaterThanOrEqual(end);
      }
    }));

  test('has no record that was changed on the day itself, or after it', () =>
    each((records, midnight) => {
      for (const { lastUpdated } of records.flatMap(allOf)) expect(when(lastUpdated)).toBeLessThan(midnight);
    }));

  test('has no meeting still to come that has been attended, and none past of which nobody has said', () =>
    each((records, midnight) => {
      for (const { start, end, attendStatus } of records.flatMap(({ careContacts }) => careContacts)) {
        expect(when(start) >= midnight).toBe(attendStatus === null);
        expect(end !== null).toBe(SEEN.has(attendStatus));
        if (end !== null) expect(when(end)).toBeLessThan(midnight);
      }
    }));

  test('ends with death: nobody is met, admitted or detained after it, and no plan or alert stays in force', () =>
    each((records) => {
      const died = records.map(({ demographics }) => demographics.deceasedDate).find((day) => day !== null);
      if (died === undefined) return;
      const end = when(addDays(died, 1));
      for (const { careContacts, hospitalSpells, legalStatuses, referrals, crisisPlans, alerts } of records) {
        for (const { start } of [...careContacts, ...hospitalSpells, ...legalStatuses, ...referrals])
          expect(when(start)).toBeLessThan(end);
        for (const stay of [...hospitalSpells, ...legalStatuses, ...referrals]) {
          expect(stay.end).not.toBeNull();
          expect(when(stay.end ?? '')).toBeLessThan(end);
        }
        for (const { status } of crisisPlans) expect(status).toBe('COMPLETED');
        for (const { status } of alerts) expect(status).toBe('INACTIVE');
      }
    }));

  test('has sections and absences only where they can be: in hospital, but for a place of safety', () =>
    each((records, midnight) => {
      for (const { hospitalSpells, legalStatuses, careContacts } of records) {
        for (const { status, start, end, expires } of legalStatuses) {
          if (end !== null) expect(when(end)).toBeGreaterThan(when(start));
          if (expires !== null && end !== null) expect(when(end)).toBeLessThanOrEqual(when(expires));
          if (status.code === '20') {
            expect(careContacts.some((met) => met.team?.type?.code === 'A20' && when(met.start) >= when(start))).toBe(
              true,
            );
          } else {
            expect(
              hospitalSpells.some(
                (stay) => stay.start <= start && (stay.end === null || (end !== null && end <= stay.end)),
              ),
            ).toBe(true);
          }
        }
        for (const { start, end, absences } of hospitalSpells) {
          for (const absence of absences) {
            expect(when(absence.start)).toBeGreaterThan(when(start));
            if (absence.end !== null) expect(when(absence.end)).toBeLessThan(end === null ? midnight : when(end));
            else expect(end).toBeNull();
          }
        }
      }
    }));

  test('has referrals that are closed after they were received and before today, or are open', () =>
    each((records, midnight) => {
      for (const { start, end, closeReason } of records.flatMap(({ referrals }) => referrals)) {
        expect(when(start)).toBeLessThan(end === null ? midnight : when(end));
        if (end !== null) expect(when(end)).toBeLessThan(midnight);
        expect(closeReason === null).toBe(end === null);
      }
    }));

  test('has every planned visit of a crisis team within a referral to it, and those of one run within the same', () =>
    each((records) => {
      for (const { careContacts, referrals } of records) {
        const visits = careContacts
          .filter((met) => met.team?.type?.code === 'A02' && met.planned === true && met.attendStatus !== null)
          .toSorted((one, other) => (one.start < other.start ? -1 : 1))
          .map(({ start }) => ({
            start: when(start),
            under: referrals.find(
              (to) => to.team?.type?.code === 'A02' && to.start < start && (to.end === null || to.end > start),
            ),
          }));
        for (const [i, { start, under }] of visits.entries()) {
          expect(under).toBeDefined();
          const next = visits[i + 1];
          if (next && next.start - start < 2.5 * 86_400_000) expect(next.under).toBe(under);
        }
      }
    }));

  test('has a referral closed for not attending within a fortnight of the meeting that was missed', () =>
    each((records) => {
      for (const { careContacts, referrals } of records) {
        for (const { end, closeReason, team } of referrals) {
          if (end === null || closeReason?.code !== '06') continue;
          const last = careContacts
            .filter((met) => met.start < end && met.team?.name === team?.name)
            .toSorted((one, other) => (one.start < other.start ? -1 : 1))
            .at(-1);
          expect(MISSED.has(last?.attendStatus ?? null)).toBe(true);
          expect(when(addDays(wallClock(new Date(last?.start ?? 0)).date, 15))).toBeGreaterThan(when(end));
        }
      }
    }));

  test('has patients referred on while they are in hospital, and at no other time', () =>
    each((records) => {
      for (const { hospitalSpells, referrals } of records) {
        for (const { start, onwardReferrals } of referrals) {
          for (const { date } of onwardReferrals) {
            expect(hospitalSpells.some((stay) => stay.start < date && stay.end !== null && date < stay.end)).toBe(true);
            expect(when(date)).toBeGreaterThan(when(start));
          }
        }
      }
    }));

  test('has no planned meeting while in hospital', () =>
    each((records) => {
      const stays = records.flatMap(({ hospitalSpells }) => hospitalSpells);
      const planned = records.flatMap(({ careContacts }) =>
        careContacts.filter((met) => met.planned && met.attendStatus !== null),
      );
      for (const { start } of planned) {
        expect(stays.some((stay) => start > stay.start && (stay.end === null || start < stay.end))).toBe(false);
      }
    }));
});
