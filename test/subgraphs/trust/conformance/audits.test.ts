import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UnauthenticatedError } from '@caregraph/service/authenticate.ts';
import type { Guard } from '@caregraph/service/guard.ts';
import { createOnwardGuard, type OnwardCaller } from '@caregraph/service/onward.ts';
import fetch from 'node-fetch';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createSqlSource } from '../../../../subgraphs/trust/adapters/sql/sql-source.ts';
import { RECORD_VIEWS, type RecordView } from '../../../../subgraphs/trust/adapters/sql/views.ts';
import { AUDITS } from '../../../../subgraphs/trust/conformance/audits.ts';
import { mayTakePart, type Outcome, runAudits } from '../../../../subgraphs/trust/conformance/run-audits.ts';
import type { AuditingGateway } from '../../../../subgraphs/trust/conformance/tokens.ts';
import { type TrustSource, UnsupportedRecordType } from '../../../../subgraphs/trust/source.ts';
import { createTestSigner, type TestSigner } from '../../../support/onward.ts';
import { memorySource } from '../memory-source.ts';
import { ANN, alert, BEN, careContact, contact, hospitalSpell, legalStatus, plan, referral } from '../records.ts';
import { serve } from '../serving.ts';
import { createRecordsSystem, type RecordsSystem, rowOf } from '../sql/records-system.ts';

/** Two or more records of each type, so that every audit can be seen. */
const HOLDINGS = {
  demographics: [
    { id: '1', lastUpdated: '2024-01-01T00:00:00Z', telecoms: [] },
    { id: '2', lastUpdated: '2025-01-01T00:00:00Z', telecoms: [], deceasedDate: '2024-12-24' },
  ],
  crisisPlans: [
    plan({ id: '1', lastUpdated: '2024-01-01T00:00:00Z' }),
    plan({ id: '2', lastUpdated: '2025-01-01T00:00:00Z' }),
    plan({ id: '3', status: 'COMPLETED' }),
  ],
  contacts: [
    contact({ id: '1', priority: 2 }),
    contact({ id: '2', priority: 1, kind: 'CARER' }),
    contact({ id: '3', priority: 3, kind: 'NEXT_OF_KIN' }),
  ],
  alerts: [
    alert({ id: '1', lastUpdated: '2024-01-01T00:00:00Z' }),
    alert({ id: '2', lastUpdated: '2025-01-01T00:00:00Z' }),
    alert({ id: '3', status: 'INACTIVE' }),
  ],
  careContacts: ['2024-01-01T10:00:00Z', '2026-06-30T23:30:00Z', '2025-01-01T10:00:00Z'].map((start, i) =>
    careContact({ id: String(i), start }),
  ),
  hospitalSpells: ['2024-01-01T10:00:00Z', '2026-01-01T10:00:00Z'].map((start, i) =>
    hospitalSpell({ id: String(i), start, end: i === 0 ? '2024-02-01T10:00:00Z' : null }),
  ),
  legalStatuses: [
    legalStatus({ id: '1', start: '2024-01-01T10:00:00Z', end: '2024-01-29T10:00:00Z' }),
    legalStatus({ id: '2' }),
  ],
  referrals: [
    referral({ id: '1', start: '2024-01-01T10:00:00Z', end: '2024-03-01T10:00:00Z' }),
    referral({ id: '2', onwardReferrals: [{ date: '2026-01-02T10:00:00Z', to: 'RXT' }] }),
  ],
};

const audit = async (
  url: string,
  patients: readonly string[],
  gateway: AuditingGateway | null = null,
): Promise<Outcome[]> => {
  const trust = { url, fetch, gateway, patients };
  const outcomes: Outcome[] = [];
  for await (const outcome of runAudits(trust)) outcomes.push(outcome);
  return outcomes;
};

const brokenOf = (outcomes: readonly Outcome[]) =>
  outcomes.flatMap((outcome) => (outcome.kept === false ? [`${outcome.audit.id}: ${outcome.reason}`] : []));

let signer: TestSigner;
beforeAll(() => {
  signer = createTestSigner();
});
afterAll(() => signer.close());

const now = (): Date => new Date();
const gateway = (): AuditingGateway => ({ issuer: signer.issuer, audience: 'RW5', key: signer.key, now });
const guard = (): Guard<OnwardCaller> => createOnwardGuard({ ...signer, audience: 'RW5', now });

/** Lets in whom it should, and also those whom it should refuse for one reason. */
function tooKind(reason: (message: string, authorization: string | undefined) => boolean): Guard<OnwardCaller | null> {
  const strict = guard();
  const orNobody =
    (authorization: string | undefined) =>
    (error: unknown): null => {
      if (error instanceof UnauthenticatedError && reason(error.message, authorization)) return null;
      throw error;
    };
  return {
    async check(authorization) {
      const checkBody = await strict.check(authorization).catch(orNobody(authorization));
      return (body) => {
        try {
          return checkBody?.(body) ?? null;
        } catch (error) {
          return orNobody(authorization)(error);
        }
      };
    },
  };
}

describe('the audits', () => {
  it('have ids of their own, and say MUST or SHOULD', () => {
    expect(new Set(AUDITS.map(({ id }) => id)).size).toBe(AUDITS.length);
    for (const { id, name } of AUDITS) {
      expect(id).toMatch(/^CG\d\d$/);
      expect(name).toMatch(/^(MUST|SHOULD)( NOT)? /);
    }
  });

  describe('of the kit over SQL views', () => {
    let system: RecordsSystem;
    let source: TrustSource;
    beforeAll(async () => {
      system = await createRecordsSystem('PGlite');
      source = createSqlSource(system.options);
      const views: readonly [RecordView, readonly object[]][] = [
        [RECORD_VIEWS.demographics, HOLDINGS.demographics],
        [RECORD_VIEWS.crisisPlans, HOLDINGS.crisisPlans],
        [RECORD_VIEWS.contacts, HOLDINGS.contacts],
        [RECORD_VIEWS.alerts, HOLDINGS.alerts],
        [RECORD_VIEWS.careContacts, HOLDINGS.careContacts],
        [RECORD_VIEWS.hospitalSpells, HOLDINGS.hospitalSpells],
        [RECORD_VIEWS.legalStatuses, HOLDINGS.legalStatuses],
        [RECORD_VIEWS.referrals, HOLDINGS.referrals],
      ];
      for (const [view, records] of views) {
        await system.fill(
          view.view,
          [ANN, BEN].flatMap((of) => records.map((record) => rowOf(view, of, record))),
        );
      }
    });
    afterAll(async () => {
      await source.close();
      await system.close();
    });

    it('are all kept, and all shown', async () => {
      const trust = await serve({ ...source, close: async () => {} }, { guard: guard() });
      const outcomes = await audit(`${trust.url}/graphql`, [ANN, BEN], gateway());
      expect(outcomes.filter(({ kept }) => kept !== true)).toEqual([]);
      expect(outcomes).toHaveLength(AUDITS.length);
    });
  });

  it('let a trust take part that does not serve a record type and says so, and tell it', async () => {
    const trust = await serve(
      Object.assign(memorySource({}), {
        legalStatuses: async () => {
          throw new UnsupportedRecordType('legalStatuses', 'nobody keeps them');
        },
      }),
    );
    const outcomes = await audit(`${trust.url}/graphql`, [ANN]);
    expect(brokenOf(outcomes)).toEqual(['CG08: It does not serve legalStatuses, legalStatusHistory.']);
    expect(mayTakePart(outcomes)).toBe(true);
  });

  it('let a trust take part whose history of a type is not served', async () => {
    const lists = Object.fromEntries(Object.entries(HOLDINGS).map(([type, records]) => [type, { [ANN]: records }]));
    const unserved = async () => {
      throw new UnsupportedRecordType('referrals', 'nobody keeps them');
    };
    const trust = await serve(Object.assign(memorySource(lists), { referrals: unserved }));
    const outcomes = await audit(`${trust.url}/graphql`, [ANN]);
    expect(brokenOf(outcomes)).toEqual(['CG08: It does not serve referrals, referralHistory.']);
    expect(outcomes.find(({ audit: { id } }) => id === 'CG65')).toMatchObject({ kept: null });
    expect(mayTakePart(outcomes)).toBe(true);
  });

  it('that need records are not shown when no patient is named, and are no fault', async () => {
    const trust = await serve(memorySource({}));
    const outcomes = await audit(`${trust.url}/graphql`, []);
    expect(brokenOf(outcomes)).toEqual([]);
    expect(outcomes.filter(({ kept }) => kept === null).length).toBeGreaterThan(10);
    expect(mayTakePart(outcomes)).toBe(true);
  });

  /** A trust that stands before a good one and spoils its answers. */
  async function spoilt(spoil: (entities: Record<string, unknown>[], request: string) => unknown): Promise<string> {
    const lists = Object.fromEntries(
      Object.entries(HOLDINGS).map(([type, records]) => [type, { [ANN]: records, [BEN]: records }]),
    );
    const trust = await serve(memorySource(lists));
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const answer = await fetch(`${trust.url}/graphql`, {
        method: request.method ?? 'POST',
        headers: { 'content-type': 'application/json' },
        ...(body && { body }),
      });
      const text = await answer.text();
      const json = text.startsWith('{') ? JSON.parse(text) : {};
      if (Array.isArray(json.data?._entities)) json.data._entities = spoil(json.data._entities, body);
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(
      () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    );
    const address: AddressInfo | string | null = server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/graphql`;
  }

  const reversed = (entities: Record<string, unknown>[], name: string): unknown =>
    entities.map((entity) => {
      const list = entity?.[name];
      return Array.isArray(list) ? { ...entity, [name]: list.toReversed() } : entity;
    });
  const shortened = (entities: Record<string, unknown>[], name: string): unknown =>
    entities.map((entity) => {
      const list = entity?.[name];
      return Array.isArray(list) ? { ...entity, [name]: list.slice(0, 1) } : entity;
    });
  const without = (entities: Record<string, unknown>[]): unknown =>
    entities.map((entity) =>
      Object.fromEntries(
        Object.entries(entity ?? {}).map(([key, value]) => [
          key,
          Array.isArray(value) && value.length === 0 ? null : value,
        ]),
      ),
    );

  it.each([
    ['CG03', (entities: Record<string, unknown>[]) => entities.toReversed()],
    ['CG04', without],
    [
      'CG05',
      (entities: Record<string, unknown>[]) => JSON.parse(JSON.stringify(entities).replaceAll('"PHONE"', '"phone"')),
    ],
    [
      'CG06',
      (entities: Record<string, unknown>[]) => JSON.parse(JSON.stringify(entities).replace(/"id":"\d"/g, '"id":"1"')),
    ],
    ['CG07', (entities: Record<string, unknown>[]) => JSON.parse(JSON.stringify(entities).replace('"RW5"', '"RXT"'))],
    ['CG12', (entities: Record<string, unknown>[]) => reversed(entities, 'contacts')],
    ['CG14', (entities: Record<string, unknown>[]) => reversed(entities, 'careContacts')],
    ['CG20', (entities: Record<string, unknown>[]) => reversed(entities, 'all')],
    ['CG22', (entities: Record<string, unknown>[]) => entities.map((entity) => ({ ...entity, unsaid: [] }))],
    ['CG24', (entities: Record<string, unknown>[]) => entities.map((entity) => ({ ...entity, some: [] }))],
    [
      'CG25',
      (entities: Record<string, unknown>[], request: string) =>
        request.includes('since') ? entities.map((entity) => ({ ...entity, careContacts: [] })) : entities,
    ],
    [
      'CG26',
      (entities: Record<string, unknown>[], request: string) =>
        request.includes('since') ? entities.map((entity) => ({ ...entity, hospitalSpells: [] })) : entities,
    ],
    [
      'CG28',
      (entities: Record<string, unknown>[]) =>
        JSON.parse(JSON.stringify(entities).replaceAll('"deceased":true', '"deceased":null')),
    ],
    [
      'CG29',
      (entities: Record<string, unknown>[], request: string) =>
        request.includes('since') ? entities.map((entity) => ({ ...entity, referrals: [] })) : entities,
    ],
    ['CG31', (entities: Record<string, unknown>[]) => entities.filter((entity) => entity !== null)],
    ['CG34', (entities: Record<string, unknown>[]) => entities.slice(0, 100)],
    ['CG52', (entities: Record<string, unknown>[]) => reversed(entities, 'careContactHistory')],
    ['CG61', (entities: Record<string, unknown>[]) => entities.map((entity) => ({ ...entity, all: [] }))],
    ['CG65', (entities: Record<string, unknown>[]) => shortened(entities, 'some')],
  ])('find a trust out: %s', async (id, spoil) => {
    const outcomes = await audit(await spoilt(spoil), [ANN, BEN]);
    expect(brokenOf(outcomes).map((line) => line.slice(0, 4))).toContain(id);
    expect(mayTakePart(outcomes)).toBe(false);
  });

  it.each([
    ['CG40', (_message: string, authorization: string | undefined) => authorization === undefined],
    ['CG41', (message: string) => /somebody else/.test(message)],
    ['CG42', (message: string) => /body is not/.test(message)],
    ['CG43', (message: string) => /used already/.test(message)],
    ['CG44', (message: string) => /expired/.test(message)],
    ['CG45', (_message: string, authorization: string | undefined) => authorization?.endsWith('.') === true],
    ['CG46', (message: string) => /signature/.test(message)],
    ['CG47', (message: string) => /type/.test(message)],
    ['CG48', (message: string) => /gateway that is known/.test(message)],
    ['CG49', (message: string) => /too long/.test(message)],
  ])('find a trust out that lets too many in: %s', async (id, reason) => {
    const trust = await serve(memorySource({}), { guard: tooKind(reason) });
    const outcomes = await audit(`${trust.url}/graphql`, [ANN], gateway());
    expect(brokenOf(outcomes).map((line) => line.slice(0, 4))).toEqual([id]);
    expect(mayTakePart(outcomes)).toBe(false);
  });

  it('do not say of a trust whom it lets in, when they have no token to show', async () => {
    const trust = await serve(memorySource({}));
    const outcomes = await audit(`${trust.url}/graphql`, [ANN]);
    expect(outcomes.filter(({ audit }) => /^CG4/.test(audit.id)).map(({ kept }) => kept)).toEqual(Array(10).fill(null));
  });

  it('find a trust out that is not there at all, each by its own', async () => {
    const outcomes = await audit('http://127.0.0.1:1/graphql', [ANN], gateway());
    expect(outcomes.every(({ kept }) => kept === false)).toBe(true);
  });
});
