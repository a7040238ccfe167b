import fhirNumbers from '@caregraph/demo/fhir/nhs-numbers.json' with { type: 'json' };
import type { PatientRecords } from '@caregraph/demo/population/patient-records.ts';
import { populationOf } from '@caregraph/demo/population/population.ts';
import { TRUSTS } from '@caregraph/demo/population/trusts.ts';
import { stories as told } from '@caregraph/demo/stories/stories.ts';
import stories from '@caregraph/demo/stories.json' with { type: 'json' };
import oracle from 'nhs-number-validator';
import { describe, expect, test } from 'vitest';
import { allOf, DRAMA, MIDNIGHT, TODAY, telephoneNumbersIn, textsIn } from './made-up.ts';

const DAY_MS = 86_400_000;
const all = told(TODAY);

const numberOf = (id: string): string => stories.find((story) => story.id === id)?.nhsNumber ?? '';
const heldOf = (id: string): ReadonlyMap<string, Omit<PatientRecords, 'nhsNumber'>> => all.get(id)?.held ?? new Map();
function at(id: string, odsCode: string): Omit<PatientRecords, 'nhsNumber'> {
  const records = heldOf(id).get(odsCode);
  if (!records) throw new Error(`${odsCode} holds nothing of ${id}.`);
  return records;
}

describe('the stories', () => {
  test('have numbers that are valid, in the block kept for them, and the same in the list and in the records', () => {
    for (const { id, nhsNumber } of stories) {
      expect(oracle.validate(nhsNumber), id).toBe(true);
      if (id !== 'real-fhir') expect(nhsNumber, id).toMatch(/^9990/);
      if (all.has(id)) expect(all.get(id)?.nhsNumber).toBe(nhsNumber);
    }
    expect(new Set(stories.map(({ nhsNumber }) => nhsNumber)).size).toBe(stories.length);
    expect([...all.keys(), 'real-fhir', 'unknown']).toEqual(stories.map(({ id }) => id));
  });

  test('are those of nobody else among the made-up patients', () => {
    for (const { odsCode } of TRUSTS) {
      for (const { nhsNumber } of populationOf(odsCode, { seed: 'any', today: TODAY, size: 200 })) {
        expect(nhsNumber).toMatch(/^999[1-8]/);
      }
    }
  });

  test('hold nothing of today or later, no real telephone number, and ids that are each one record’s', () => {
    for (const { nhsNumber, held } of all.values()) {
      for (const records of held.values()) {
        const list = allOf({ nhsNumber, ...records });
        for (const { lastUpdated } of list) expect(Date.parse(lastUpdated)).toBeLessThan(MIDNIGHT);
        expect(new Set(list.map(({ id }) => id)).size).toBe(list.length);
        for (const { text } of textsIn(records))
          for (const number of telephoneNumbersIn(text)) expect(number).toMatch(DRAMA);
      }
    }
  });

  test('lancashire-in-london: Lancashire alone holds the plan, the team that answers, and the alerts', () => {
    expect([...heldOf('lancashire-in-london').keys()]).toEqual(['RW5']);
    const { crisisPlans, contacts, alerts } = at('lancashire-in-london', 'RW5');
    expect(crisisPlans.map(({ status }) => status)).toEqual(['ACTIVE']);
    expect(crisisPlans[0]?.advanceDecisions?.[0]).toMatch(/haloperidol/);
    expect(contacts.find(({ kind }) => kind === 'CRISIS_TEAM')?.hours[0]?.allDay).toBe(true);
    expect(alerts.length).toBeGreaterThan(0);
  });

  test('west-midlands-four: seventeen contacts with four of the five organisations in under four years', () => {
    const held = heldOf('west-midlands-four');
    expect([...held.keys()].sort()).toEqual(['RXT', 'RYG', 'RYK', 'TAJ']);
    const met = [...held.values()].flatMap(({ careContacts }) => careContacts);
    const starts = met.map(({ start }) => Date.parse(start)).sort((one, other) => one - other);
    expect(met).toHaveLength(17);
    expect((starts.at(-1) ?? 0) - (starts[0] ?? 0)).toBeLessThan(4 * 365 * DAY_MS);
    expect(met.filter(({ outcome, reason }) => /mother/i.test(`${reason} ${outcome}`)).length).toBeGreaterThanOrEqual(
      6,
    );
    expect([...held.values()].flatMap(({ crisisPlans }) => crisisPlans).every(({ status }) => status === 'DRAFT')).toBe(
      true,
    );
  });

  test('west-midlands-four: two or more of them met the patient unplanned in the last 28 days', () => {
    const lately = [...heldOf('west-midlands-four')].filter(([, { careContacts }]) =>
      careContacts.some(({ planned, start }) => planned === false && Date.parse(start) > MIDNIGHT - 28 * DAY_MS),
    );
    expect(lately.length).toBeGreaterThanOrEqual(2);
  });

  test('west-midlands-four: nobody followed up the discharge within 72 hours', () => {
    const discharged = at('west-midlands-four', 'TAJ').hospitalSpells[0]?.end ?? '';
    const after = [...heldOf('west-midlands-four').values()].flatMap(({ careContacts }) =>
      careContacts.filter(({ start }) => start > discharged && Date.parse(start) < Date.parse(discharged) + 3 * DAY_MS),
    );
    expect(discharged).not.toBe('');
    expect(after).toEqual([]);
  });

  test('west-midlands-four: each organisation closed its referral, twice after a missed meeting with nothing after it', () => {
    for (const odsCode of ['RYK', 'RXT', 'RYG']) {
      expect(at('west-midlands-four', odsCode).referrals.every(({ end }) => end !== null)).toBe(true);
    }
    const { referrals, careContacts } = at('west-midlands-four', 'TAJ');
    const notAttended = referrals.filter(({ closeReason }) => closeReason?.code === '06');
    expect(notAttended).toHaveLength(2);
    for (const { start, end, team } of notAttended) {
      const met = careContacts.filter((meeting) => meeting.team?.name === team?.name && meeting.start > start);
      expect(met.map(({ attendStatus }) => attendStatus)).toEqual(['DID_NOT_ATTEND']);
      expect(Date.parse(end ?? '') - Date.parse(met[0]?.start ?? '')).toBeLessThan(15 * DAY_MS);
    }
  });

  test('two-plans: each of two trusts holds a plan in force, and they differ', () => {
    const plans = [...heldOf('two-plans').values()].flatMap(({ crisisPlans }) => crisisPlans);
    expect(plans.map(({ status }) => status)).toEqual(['ACTIVE', 'ACTIVE']);
    expect(plans[0]?.namedContacts).not.toEqual(plans[1]?.namedContacts);
    expect(plans[0]?.whereToBeTaken).not.toEqual(plans[1]?.whereToBeTaken);
  });

  test('pointer-only: the plan is on paper, and there is somebody to ring', () => {
    const { crisisPlans, paperPlans, contacts } = at('pointer-only', 'RNN');
    expect(crisisPlans).toEqual([]);
    expect(paperPlans).toHaveLength(1);
    expect(contacts.some(({ kind }) => kind === 'CRISIS_TEAM')).toBe(true);
  });

  test('restricted: one trust keeps what it holds to itself, another does not', () => {
    expect(at('restricted', 'RW4').restricted).toBe(true);
    expect(at('restricted', 'RW4').crisisPlans).not.toEqual([]);
    expect(at('restricted', 'RHA').restricted).toBe(false);
  });

  test('real-fhir: the patient is one of HL7’s examples', () => {
    expect(Object.values(fhirNumbers)).toContain(numberOf('real-fhir'));
  });

  test('unknown: nobody holds anything', () => {
    // The generated patients are not in this block at all.
    expect(numberOf('unknown')).toMatch(/^9990/);
    expect([...all.values()].map(({ nhsNumber }) => nhsNumber)).not.toContain(numberOf('unknown'));
    expect(Object.values(fhirNumbers)).not.toContain(numberOf('unknown'));
  });
});
