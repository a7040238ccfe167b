import { describe, expect, test } from 'vitest';
import { patient, plan } from '../patients.ts';
import { asking } from '../verdicts.ts';

const { verdict, warning, missing } = asking('CONFLICTING_PLANS');

const NOW = '2026-06-15T12:00:00+01:00';
const OLD = '2025-01-10T09:00:00+00:00';
const NEW = '2026-05-01T09:00:00+01:00';

describe('CONFLICTING_PLANS: two custodians each hold an active plan', () => {
  test('speaks of two custodians, since the later plan was last changed', () => {
    const two = patient([plan('TAJ', NEW, { id: 'new' }), plan('RXT', OLD, { id: 'old' })]);
    expect(warning(two, NOW)).toMatchObject({
      status: 'RAISED',
      severity: 'MEDIUM',
      text: 'Birmingham and Solihull and Black Country each hold a crisis plan that is in force. Read both, and mind the dates: they may say opposite things.',
      since: Date.parse(NEW),
      events: [
        { kind: 'CRISIS_PLAN', id: 'RXT:old' },
        { kind: 'CRISIS_PLAN', id: 'TAJ:new' },
      ],
      window: null,
      thresholds: ['custodians: 2 custodians'],
      missing: [],
    });
  });

  test('says nothing of one custodian, also with two plans', () => {
    expect(verdict(patient([plan('RXT', OLD)]), NOW)).toBe('NOTHING');
    expect(verdict(patient([plan('RXT', OLD), plan('RXT', NEW)]), NOW)).toBe('NOTHING');
  });

  test.each(['DRAFT', 'ON_HOLD', 'REVOKED', 'COMPLETED', 'ENTERED_IN_ERROR'])(
    'does not count a plan in %s',
    (status) => {
      expect(verdict(patient([plan('RXT', OLD), plan('TAJ', NEW, { status })]), NOW)).toBe('NOTHING');
    },
  );

  test('counts a plan whose review is overdue: it is in force all the same', () => {
    expect(verdict(patient([plan('RXT', OLD, { reviewDue: '2026-01-10' }), plan('TAJ', NEW)]), NOW)).toBe('RAISED');
  });

  test('is measured by what a deployment sets', () => {
    const thresholds = { CONFLICTING_PLANS: { custodians: 3 } };
    const two = [plan('RXT', OLD), plan('TAJ', NEW)];
    expect(verdict(patient(two), NOW, { thresholds })).toBe('NOTHING');
    expect(verdict(patient([...two, plan('RYG', NEW)]), NOW, { thresholds })).toBe('RAISED');
  });
});

describe('CONFLICTING_PLANS over what is missing', () => {
  const one = plan('RXT', OLD);

  test('is not known when another custodian has not answered', () => {
    expect(missing(patient([one], { missing: { TAJ: ['crisisPlans'] }, status: 'TIMED_OUT' }), NOW)).toEqual([
      'TAJ crisisPlans TIMED_OUT',
    ]);
    expect(verdict(patient([], { missing: { TAJ: ['crisisPlans'], RYG: ['crisisPlans'] } }), NOW)).toBe('UNDETERMINED');
    expect(missing(patient([one], { indexLost: true }), NOW)).toEqual(['* crisisPlans INDEX_UNAVAILABLE']);
  });

  test('says nothing when that custodian alone could hold one', () => {
    expect(verdict(patient([], { asked: ['RXT'], missing: { TAJ: ['crisisPlans'] } }), NOW)).toBe('NOTHING');
    expect(verdict(patient([one], { missing: { RXT: ['crisisPlans'] } }), NOW)).toBe('NOTHING');
  });

  test('speaks all the same of two that are known', () => {
    const stopped = patient([one, plan('TAJ', NEW)], { missing: { RYG: ['crisisPlans'] } });
    expect(warning(stopped, NOW)).toMatchObject({ status: 'RAISED', evaluatedOver: ['RXT', 'TAJ'] });
  });

  test('does not ask for lists that it does not read', () => {
    expect(verdict(patient([one], { missing: { TAJ: ['careContacts', 'hospitalSpells'] } }), NOW)).toBe('NOTHING');
  });

  test('is not known when a custodian cannot say whether its plan is in force', () => {
    const unknown = patient([one, plan('TAJ', NEW, { status: 'UNKNOWN' })]);
    expect(missing(unknown, NOW)).toEqual(['TAJ crisisPlans NOT_RECORDED']);
    expect(verdict(patient([plan('TAJ', NEW, { status: 'UNKNOWN' })]), NOW)).toBe('NOTHING');
  });

  test('is not known when another custodian has published a plan, and gives none as a record', () => {
    expect(missing(patient([one], { asked: ['TAJ'], planPointers: ['RXT', 'TAJ'] }), NOW)).toEqual([
      'TAJ crisisPlans ON_PAPER',
    ]);
    expect(verdict(patient([], { planPointers: ['RXT', 'TAJ'] }), NOW)).toBe('UNDETERMINED');
    expect(verdict(patient([one], { planPointers: ['RXT'] }), NOW)).toBe('NOTHING');
    expect(verdict(patient([], { planPointers: ['TAJ'] }), NOW)).toBe('NOTHING');
    // A pointer that leads to no plan for a crisis.
    const summary = { planPointers: ['TAJ'], pointerType: '824321000000109' };
    expect(verdict(patient([one], summary), NOW)).toBe('NOTHING');
  });
});
