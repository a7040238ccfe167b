import { describe, expect, test } from 'vitest';
import { nhsNumbers } from '../support/nhs-numbers.ts';
import { alert, contact, plan } from '../support/records.ts';
import { agreement, inForce, term } from './agreements.ts';
import { type World, world } from './world.ts';

const [patient, unknown] = nhsNumbers(2) as [string, string];

const CRISIS = `query Crisis($n: NHSNumber!) {
  patient(nhsNumber: $n) {
    crisisPlans { id }
    contacts { id }
    alerts { id }
    sources { custodian { odsCode } status missing reason elapsedMs askedAt }
    completeness
  }
}`;

const CONTENT = term();
const POINTER = term({ level: 'POINTER' });
const PLANS = term({ recordTypes: new Set(['crisisPlans']) });

/** Two trusts that hold the same things of a patient, and what they have agreed to share. */
const two = (...agreements: readonly ReturnType<typeof agreement>[]): Promise<World<'RW5' | 'RXT'>> => {
  const holdings = {
    crisisPlans: { [patient]: [plan('1')] },
    contacts: { [patient]: [contact('c1')] },
    alerts: { [patient]: [alert('a1')] },
  };
  return world({ RW5: holdings, RXT: holdings }, { [patient]: ['RW5', 'RXT'] }, { agreements: inForce(...agreements) });
};

/** What a trust was asked for. */
const askedOf = (w: World<'RW5' | 'RXT'>, code: 'RW5' | 'RXT'): string[] =>
  w.trusts[code].received
    .flatMap(({ query }) => [...query.matchAll(/f\d+: (\w+)/g)].map(([, name = '']) => name))
    .sort();

const ids = (records: readonly { readonly id: string }[]): string[] => records.map(({ id }) => id);

describe('a custodian', () => {
  test('is asked for what it shares with this caller, and for nothing else', async () => {
    await using w = await two(agreement(['RW5'], CONTENT), agreement(['RXT'], PLANS));
    const { data } = await w.gateway.ask(CRISIS, { n: patient });
    expect(askedOf(w, 'RW5')).toEqual(['alerts', 'contacts', 'crisisPlans']);
    expect(askedOf(w, 'RXT')).toEqual(['crisisPlans']);
    expect(ids(data.patient.crisisPlans)).toEqual(['RW5:1', 'RXT:1']);
    expect(ids(data.patient.alerts)).toEqual(['RW5:a1']);
  });

  test('that shares one thing and not another is PARTIAL, and what it keeps is missing: it never looks like none', async () => {
    await using w = await two(agreement(['RW5'], CONTENT), agreement(['RXT'], PLANS));
    const { data, errors } = await w.gateway.ask(CRISIS, { n: patient });
    expect(data.patient.sources[1]).toMatchObject({
      custodian: { odsCode: 'RXT' },
      status: 'PARTIAL',
      missing: ['alerts', 'contacts'],
      reason: 'It does not share this with you for this purpose. Ring it.',
    });
    expect(data.patient.completeness).toBe('PARTIAL');
    expect(errors.map(({ path, extensions }) => ({ path, ...extensions }))).toMatchObject([
      { path: ['patient', 'contacts'], code: 'NOT_SHARED', custodian: 'RXT' },
      { path: ['patient', 'alerts'], code: 'NOT_SHARED', custodian: 'RXT' },
    ]);
  });

  test('that shares only pointers is NOT_SHARED, and is not asked; a list that only it could fill is null', async () => {
    await using w = await two(agreement(['RW5', 'RXT'], POINTER));
    const { data, errors } = await w.gateway.ask(CRISIS, { n: patient });
    expect(w.trusts.RW5.received).toEqual([]);
    expect(w.trusts.RXT.received).toEqual([]);
    expect(data.patient).toMatchObject({ crisisPlans: null, contacts: null, alerts: null, completeness: 'UNKNOWN' });
    expect(data.patient.sources).toEqual(
      ['RW5', 'RXT'].map((odsCode) => ({
        custodian: { odsCode },
        status: 'NOT_SHARED',
        missing: ['alerts', 'contacts', 'crisisPlans'],
        reason: 'It does not share this with you for this purpose. Ring it.',
        elapsedMs: null,
        askedAt: null,
      })),
    );
    expect(errors).toHaveLength(6);
  });

  test('that shares nothing is neither asked nor named: the answer is that of a patient whom nobody knows', async () => {
    await using w = await two(agreement(['RW5', 'RXT'], term({ consumers: new Set(['RX7']) })));
    const known = await w.gateway.ask(CRISIS, { n: patient });
    const nobody = await w.gateway.ask(CRISIS, { n: unknown });
    expect(known.text).toBe(nobody.text);
    expect(known.data.patient).toEqual({
      crisisPlans: [],
      contacts: [],
      alerts: [],
      sources: [],
      completeness: 'COMPLETE',
    });
    expect(w.trusts.RW5.received).toEqual([]);
  });

  test('that shares nothing does not take the place of one that does', async () => {
    await using w = await two(agreement(['RW5'], CONTENT));
    const { data, errors, text } = await w.gateway.ask(CRISIS, { n: patient });
    expect(errors).toEqual([]);
    expect(ids(data.patient.crisisPlans)).toEqual(['RW5:1']);
    expect(data.patient.completeness).toBe('COMPLETE');
    expect(text).not.toContain('RXT');
    expect(w.trusts.RXT.received).toEqual([]);
  });

  test('that is asked whether it answers, for sources alone, is asked for what it shares', async () => {
    await using w = await two(agreement(['RW5'], CONTENT), agreement(['RXT'], PLANS));
    const { data } = await w.gateway.ask(
      'query($n: NHSNumber!) { patient(nhsNumber: $n) { sources { custodian { odsCode } status } } }',
      { n: patient },
    );
    expect(askedOf(w, 'RXT')).toEqual(['crisisPlans']);
    expect(data.patient.sources).toEqual([
      { custodian: { odsCode: 'RW5' }, status: 'ANSWERED' },
      { custodian: { odsCode: 'RXT' }, status: 'ANSWERED' },
    ]);
  });

  test('shares with the organisation, role and purpose of the token, whatever else it shares', async () => {
    const others = [
      term({ roles: new Set(['midwife']) }),
      term({ purposes: new Set(['patientaccess']) }),
      term({ consumers: new Set(['RX6', 'RX7']) }),
    ];
    await using w = await two(...others.map((each) => agreement(['RW5', 'RXT'], each)));
    const { data } = await w.gateway.ask(CRISIS, { n: patient });
    expect(data.patient.sources).toEqual([]);
    expect(w.trusts.RW5.received).toEqual([]);
  });
});

describe('without the locator', () => {
  const lost = (w: World<'RW5' | 'RXT'>): void => {
    w.locator.answer = (response) => void response.writeHead(503).end();
  };

  test('every trust that shares with the caller is asked, and no other is asked or named', async () => {
    await using w = await two(agreement(['RW5'], PLANS));
    lost(w);
    const { data, errors, text } = await w.gateway.ask(CRISIS, { n: patient });
    expect(ids(data.patient.crisisPlans)).toEqual(['RW5:1']);
    expect(data.patient.completeness).toBe('PARTIAL');
    expect(errors.map(({ extensions }) => extensions?.code)).toContain('INDEX_UNAVAILABLE');
    expect(askedOf(w, 'RW5')).toEqual(['crisisPlans']);
    expect(w.trusts.RXT.received).toEqual([]);
    expect(text).not.toContain('RXT');
  });

  test('one that shares only that it holds something is not said to hold something', async () => {
    await using w = await two(agreement(['RW5'], CONTENT), agreement(['RXT'], POINTER));
    lost(w);
    const { data, text } = await w.gateway.ask(CRISIS, { n: unknown });
    expect(data.patient).toMatchObject({ crisisPlans: [], completeness: 'PARTIAL' });
    expect(text).not.toContain('RXT');
  });

  test('a caller with whom nobody shares learns no more of one patient than of another', async () => {
    await using w = await two(agreement(['RW5', 'RXT'], term({ consumers: new Set(['RX7']) })));
    lost(w);
    const known = await w.gateway.ask(CRISIS, { n: patient });
    const nobody = await w.gateway.ask(CRISIS, { n: unknown });
    expect(known.text).toBe(nobody.text);
    expect(known.data.patient.completeness).toBe('UNKNOWN');
  });
});

describe('the locator', () => {
  test('is told what may be shown to this caller, and of whom', async () => {
    await using w = await two(agreement(['RW5'], CONTENT), agreement(['RXT'], PLANS, POINTER));
    await w.gateway.ask('query($n: NHSNumber!) { patient(nhsNumber: $n) { pointers { id } } }', { n: patient });
    const [request] = w.locator.received;
    expect(request?.extensions).toEqual({
      caregraph: {
        sharing: {
          default: [{ custodians: ['RW5', 'RXT'], recordTypes: expect.arrayContaining(['alerts', 'crisisPlans']) }],
        },
      },
    });
  });

  test('that names a custodian all the same does not get it asked or named', async () => {
    await using w = await two(agreement(['RW5'], CONTENT));
    const { data } = await w.gateway.ask(CRISIS, { n: patient });
    expect(data.patient.sources.map(({ custodian }: { custodian: { odsCode: string } }) => custodian.odsCode)).toEqual([
      'RW5',
    ]);
  });
});
