import fc from 'fast-check';
import { isObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { Arguments } from '../../../subgraphs/trust/arguments.ts';
import { argumentsOf } from '../../../subgraphs/trust/arguments.ts';
import type { CareContact, HospitalSpell } from '../../../subgraphs/trust/records.ts';
import { select } from '../../../subgraphs/trust/select.ts';
import { anyRecords, schema } from './arbitraries.ts';

const nothingSaid: Arguments = { status: null, kind: null, since: null, first: null };
const london = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/London', dateStyle: 'short' });
const ukDay = (moment: string): string => london.format(new Date(moment));
const anyDay = fc
  .date({ min: new Date('1975-01-01'), max: new Date('2037-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

describe('what a client asks for', () => {
  it('is every plan in one of the states said, and no other', () => {
    const states = fc.subarray(['DRAFT', 'ACTIVE', 'ON_HOLD', 'REVOKED', 'COMPLETED', 'ENTERED_IN_ERROR', 'UNKNOWN']);
    fc.assert(
      fc.property(anyRecords('crisisPlans'), states, (plans, status) => {
        const chosen = select.crisisPlans(plans, { ...nothingSaid, status });
        for (const plan of plans) expect(chosen.includes(plan)).toBe(status.includes(plan.status));
      }),
    );
  });

  it('is every contact of one of the kinds said, and all where none is said', () => {
    fc.assert(
      fc.property(anyRecords('contacts'), fc.subarray(['CRISIS_TEAM', 'CARER', 'OTHER_PERSON']), (contacts, kind) => {
        const chosen = select.contacts(contacts, { ...nothingSaid, kind });
        for (const contact of contacts) expect(chosen.includes(contact)).toBe(kind.includes(contact.kind));
        expect(select.contacts(contacts, nothingSaid)).toEqual(contacts);
      }),
    );
  });

  it('is every care contact that started on the day or later, by the UK calendar', () => {
    fc.assert(
      fc.property(anyRecords('careContacts'), anyDay, (contacts, since) => {
        const modern = contacts.filter(({ start }) => start > '1972');
        const chosen = select.careContacts(modern, { ...nothingSaid, since });
        for (const contact of modern) expect(chosen.includes(contact)).toBe(ukDay(contact.start) >= since);
      }),
    );
  });

  it('is every stay that had not ended before the day, by the UK calendar, and each that has not ended', () => {
    fc.assert(
      fc.property(anyRecords('hospitalSpells'), anyDay, (spells, since) => {
        const modern = spells.filter(({ end }) => end === null || end > '1972');
        const chosen = select.hospitalSpells(modern, { ...nothingSaid, since });
        for (const spell of modern) {
          expect(chosen.includes(spell)).toBe(spell.end === null || ukDay(spell.end) >= since);
        }
      }),
    );
  });

  it('is every referral that had not been closed before the day, by the UK calendar, and each that is open', () => {
    fc.assert(
      fc.property(anyRecords('referrals'), anyDay, (referrals, since) => {
        const modern = referrals.filter(({ end }) => end === null || end > '1972');
        const chosen = select.referrals(modern, { ...nothingSaid, since });
        for (const referral of modern) {
          expect(chosen.includes(referral)).toBe(referral.end === null || ukDay(referral.end) >= since);
        }
      }),
    );
  });

  it('includes what began in the first hour of a summer’s day, which is still the day before in UTC', () => {
    const contact = { start: '2026-06-30T23:00:00Z' };
    const before = { start: '2026-06-30T22:59:59.999999Z' };
    const since: Arguments = { ...nothingSaid, since: '2026-07-01' };
    const made = (record: object): CareContact & HospitalSpell => Object.assign(Object.create(null), record);
    expect(select.careContacts([made(contact), made(before)], since)).toEqual([contact]);
    expect(select.hospitalSpells([made({ end: contact.start }), made({ end: before.start })], since)).toEqual([
      { end: contact.start },
    ]);
  });

  it('reads a leap second as the second before it', () => {
    const made = (record: object): CareContact => Object.assign(Object.create(null), record);
    const contact = made({ start: '2016-12-31T23:59:60Z' });
    expect(select.careContacts([contact], { ...nothingSaid, since: '2017-01-01' })).toEqual([]);
    expect(select.careContacts([contact], { ...nothingSaid, since: '2016-12-31' })).toEqual([contact]);
  });
});

describe('the arguments of a field', () => {
  const patient = schema.getType('Patient');
  const defined = (name: string) => (isObjectType(patient) ? (patient.getFields()[name]?.args ?? []) : []);

  it('have the contract’s defaults when they are left out, and when they are null', () => {
    expect(argumentsOf(defined('crisisPlans'), {}).status).toEqual(['ACTIVE']);
    expect(argumentsOf(defined('crisisPlans'), { status: null }).status).toEqual(['ACTIVE']);
    expect(argumentsOf(defined('careContacts'), { first: null, since: null })).toEqual({ ...nothingSaid, first: 50 });
    expect(argumentsOf(defined('contacts'), { kind: null }).kind).toBeNull();
  });

  it('are what is said otherwise, an empty list and nought included', () => {
    expect(argumentsOf(defined('alerts'), { status: [] }).status).toEqual([]);
    expect(argumentsOf(defined('careContacts'), { first: 0 }).first).toBe(0);
  });
});
