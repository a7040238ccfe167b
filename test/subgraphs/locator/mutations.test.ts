import { UnauthenticatedError } from '@caregraph/service/authenticate.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  CUSTODIANS,
  createSubject,
  createTokens,
  DATABASES,
  emptyDatabase,
  POINTERS,
  PUBLISH,
  pointer,
  SUPERSEDE,
  type Subject,
  stopServers,
  uuid,
  WITHDRAW,
} from './harness.ts';

afterAll(stopServers);

const PATIENT = '9876543210';
const LIST = 'query ($after: ID, $first: Int! = 50000) { publishedPointers(after: $after, first: $first) }';

describe.each(DATABASES)('over %s, a custodian', (kind) => {
  let subject: Subject;
  beforeAll(async () => {
    subject = await createSubject(await emptyDatabase(kind));
  });
  afterAll(() => subject.close());
  beforeEach(async () => {
    await subject.database.db.deleteFrom('pointer').execute();
    subject.clock = new Date('2026-06-15T12:00:00Z');
  });

  const id = (serial: number, custodian = 'RW5'): string => `${custodian}-${uuid(serial)}`;
  const publish = (pointers: readonly Record<string, unknown>[], as = 'RW5') => subject.ask(PUBLISH, { pointers }, as);
  const ids = async (as = 'RW5'): Promise<unknown> => (await subject.ask(LIST, {}, as)).data?.publishedPointers;
  const current = async (n = PATIENT): Promise<unknown> => {
    const { data } = await subject.ask(POINTERS, { n });
    return data?.patient;
  };
  const status = async (of: string) =>
    (await subject.database.db.selectFrom('pointer').selectAll().where('id', '=', of).executeTakeFirst())?.status;

  describe('publishes', () => {
    test('a pointer, and the patient is found at it', async () => {
      const { data } = await publish([pointer('RW5', { id: id(1) })]);
      expect(data).toEqual({ publishPointers: { ids: [id(1)] } });
      expect(await current()).toEqual({ pointers: [{ id: id(1), status: 'CURRENT', replaces: null }] });
      expect((await subject.ask(CUSTODIANS, { n: PATIENT })).data?.patient).toEqual({ custodians: ['RW5'] });
    });

    test('many, whose ids come back in the order given, made where none was given', async () => {
      const { data } = await publish([pointer('RW5', { id: id(9) }), pointer('RW5'), pointer('RW5', { id: id(2) })]);
      const made = data?.publishPointers;
      expect(made).toEqual({ ids: [id(9), expect.stringMatching(/^RW5-[0-9a-f-]{36}$/), id(2)] });
    });

    test('none, and nothing happens', async () => {
      expect((await publish([])).data).toEqual({ publishPointers: { ids: [] } });
    });

    test('the same pointer again, and nothing changes, however its moments are written', async () => {
      await publish([pointer('RW5', { id: id(1), periodStart: '2026-01-01T10:00:00Z' })]);
      const before = await subject.database.db.selectFrom('pointer').selectAll().execute();
      subject.clock = new Date('2026-06-16T12:00:00Z');
      const again = await publish([
        pointer('RW5', {
          id: id(1),
          periodStart: '2026-01-01T11:00:00.000+01:00',
          author: 'RW5',
          practiceSetting: null,
        }),
        pointer('RW5', { id: id(2) }),
      ]);
      expect(again.data).toEqual({ publishPointers: { ids: [id(1), id(2)] } });
      const after = await subject.database.db.selectFrom('pointer').selectAll().where('id', '=', id(1)).execute();
      expect(after).toEqual(before);
    });

    test('the same pointer twice in one call, and it stands once', async () => {
      const { data } = await publish([pointer('RW5', { id: id(1) }), pointer('RW5', { id: id(1) })]);
      expect(data).toEqual({ publishPointers: { ids: [id(1), id(1)] } });
      expect(await ids()).toEqual([id(1)]);
    });

    test.each([
      ['subject', { subject: '9000000009' }],
      ['type', { type: '824321000000109' }],
      ['author', { author: 'RXT' }],
      ['practice setting', { practiceSetting: '788002001' }],
      ['period', { periodEnd: '2026-01-01T00:00:00Z' }],
      ['content', { content: [] }],
    ])('no other pointer under an id that exists: another %s is a duplicate', async (_, facts) => {
      await publish([pointer('RW5', { id: id(1) })]);
      const content = [
        { url: 'https://other.example/', contentType: 'text/html', format: 'urn:nhs-ic:record-contact' },
      ];
      const other = pointer('RW5', { id: id(1), ...facts, ...('content' in facts ? { content } : {}) });
      for (const call of [[other], [pointer('RW5', { id: id(2) }), other]]) {
        const { code, mistakes } = await publish(call);
        expect(code).toBe('DUPLICATE_REJECTED');
        expect(mistakes.map(({ path }) => path)).toEqual([`pointers[${call.length - 1}].id`]);
      }
      expect((await publish([pointer('RW5', { id: id(3) }), { ...other, id: id(3) }])).code).toBe('DUPLICATE_REJECTED');
      expect(await ids()).toEqual([id(1)]);
    });

    test('all or none', async () => {
      const { code, mistakes, data } = await publish([
        pointer('RW5', { id: id(1) }),
        pointer('RW5', { type: '1' }),
        pointer('RW5', { id: id(2) }),
        pointer('RW5', { content: [] }),
      ]);
      expect(data).toBeNull();
      expect(code).toBe('INVALID_RESOURCE');
      expect(mistakes.map(({ code, path }) => [code, path])).toEqual([
        ['INVALID_CODE_VALUE', 'pointers[1].type'],
        ['INVALID_RESOURCE', 'pointers[3].content'],
      ]);
      expect(await ids()).toEqual([]);
    });

    test('no pointer of an unknown type', async () => {
      expect((await publish([pointer('RW5', { type: '999999999' })])).code).toBe('INVALID_CODE_VALUE');
    });

    test('no pointer of another organisation', async () => {
      const { code, message } = await publish([pointer('RW5'), pointer('RXT')]);
      expect(code).toBe('ACCESS_DENIED');
      expect(message).toContain('pointers[1].custodian');
      expect(await ids()).toEqual([]);
    });

    test('nothing before it stands in the register of organisations', async () => {
      const { code, message } = await publish([pointer('XYZ')], 'XYZ');
      expect(code).toBe('ACCESS_DENIED');
      expect(message).toContain('does not know an organisation XYZ');
    });

    test('nothing with an NHS number in an address, and the answer does not repeat it', async () => {
      const content = [
        { url: `https://a.example/${PATIENT}`, contentType: 'text/html', format: 'urn:nhs-ic:record-contact' },
      ];
      const answer = await publish([pointer('RW5', { content })]);
      expect(answer.code).toBe('INVALID_RESOURCE');
      expect(JSON.stringify(answer)).not.toContain(PATIENT);
    });

    test.each<[string, Record<string, unknown>]>([
      ['a zero character', { type: '736253002\u0000' }],
      ['SQL', { practiceSetting: "1'); drop table pointer; --" }],
      ['an id with SQL', { id: `RW5-${uuid(1)}'; drop table pointer; --` }],
      ['a lone surrogate', { type: '\ud800' }],
      ['a very long type', { type: '7'.repeat(1_000_000) }],
      [
        'a way of reading with a zero character',
        { content: [{ url: 'https://a.example/\u0000', contentType: 'a/b\u0000', format: 'a:b\u0000' }] },
      ],
    ])('nothing with %s, which is told as a mistake and not as a fault', async (_, facts) => {
      const { code, message } = await publish([pointer('RW5', facts)]);
      expect(code).toMatch(/^INVALID_/);
      expect(message).not.toMatch(/syntax|relation|column|postgres|constraint/i);
    });
  });

  describe('supersedes', () => {
    const supersede = (old: string, replacement: Record<string, unknown>, as = 'RW5') =>
      subject.ask(SUPERSEDE, { id: old, replacement }, as);

    test('a current pointer by a new one, in one step', async () => {
      await publish([pointer('RW5', { id: id(1) })]);
      subject.clock = new Date('2026-06-16T12:00:00Z');
      const { data } = await supersede(id(1), pointer('RW5', { id: id(2), type: '736366004' }));
      expect(data).toEqual({ supersedePointer: { ids: [id(2)] } });
      expect(await current()).toEqual({ pointers: [{ id: id(2), status: 'CURRENT', replaces: id(1) }] });
      expect(await status(id(1))).toBe('SUPERSEDED');
    });

    test('nothing more when the same call comes again', async () => {
      await publish([pointer('RW5', { id: id(1) })]);
      const replacement = pointer('RW5', { id: id(2) });
      await supersede(id(1), replacement);
      expect((await supersede(id(1), replacement)).data).toEqual({ supersedePointer: { ids: [id(2)] } });
      expect((await publish([replacement])).data).toEqual({ publishPointers: { ids: [id(2)] } });
      expect(await current()).toEqual({ pointers: [{ id: id(2), status: 'CURRENT', replaces: id(1) }] });
    });

    test.each<[string, string, string, Record<string, unknown>, string]>([
      ['an unknown pointer', id(7), 'RW5', pointer('RW5'), 'NO_RECORD_FOUND'],
      ['what is no id', 'plan', 'RW5', pointer('RW5'), 'NO_RECORD_FOUND'],
      ['what is no UUID', "RW5-' or true --", 'RW5', pointer('RW5'), 'NO_RECORD_FOUND'],
      ['a pointer of another organisation', id(1), 'RXT', pointer('RXT'), 'ACCESS_DENIED'],
      ['a pointer by one of another organisation', id(1), 'RW5', pointer('RXT'), 'ACCESS_DENIED'],
      [
        'a pointer by one of another patient',
        id(1),
        'RW5',
        pointer('RW5', { subject: '9000000009' }),
        'INVALID_RESOURCE',
      ],
      ['a pointer by itself', id(1), 'RW5', pointer('RW5', { id: id(1) }), 'DUPLICATE_REJECTED'],
      ['a pointer by one that exists', id(1), 'RW5', pointer('RW5', { id: id(3) }), 'DUPLICATE_REJECTED'],
      ['a pointer by one of an unknown type', id(1), 'RW5', pointer('RW5', { type: '' }), 'INVALID_CODE_VALUE'],
      ['a pointer by one that cannot be read', id(1), 'RW5', pointer('RW5', { content: [] }), 'INVALID_RESOURCE'],
    ])('not %s, and nothing changes', async (_, old, as, replacement, code) => {
      await publish([pointer('RW5', { id: id(1) }), pointer('RW5', { id: id(3) })]);
      const answer = await supersede(old, replacement, as);
      expect(answer.code).toBe(code);
      expect(answer.message).not.toContain('9000000009');
      expect(await current()).toEqual({
        pointers: [id(1), id(3)].map((one) => ({ id: one, status: 'CURRENT', replaces: null })),
      });
    });

    test('not a pointer that was replaced or withdrawn: both are final', async () => {
      await publish([pointer('RW5', { id: id(1) }), pointer('RW5', { id: id(2) })]);
      await supersede(id(1), pointer('RW5', { id: id(3) }));
      await subject.ask(WITHDRAW, { ids: [id(2)] }, 'RW5');
      for (const old of [id(1), id(2)]) {
        const { code, message } = await supersede(old, pointer('RW5'));
        expect(code).toBe('INVALID_RESOURCE');
        expect(message).toContain('final');
      }
      expect(await ids()).toEqual([id(3)]);
    });
  });

  describe('withdraws', () => {
    const withdraw = (of: readonly string[], as = 'RW5') => subject.ask(WITHDRAW, { ids: of }, as);

    test('pointers, which nobody sees any more', async () => {
      await publish([pointer('RW5', { id: id(1) }), pointer('RW5', { id: id(2) })]);
      expect((await withdraw([id(1), id(2)])).data).toEqual({ withdrawPointers: { count: 2 } });
      expect(await current()).toEqual({ pointers: [] });
      expect((await subject.ask(CUSTODIANS, { n: PATIENT })).data?.patient).toEqual({ custodians: [] });
      expect(await status(id(1))).toBe('ENTERED_IN_ERROR');
    });

    test('a pointer again, and nothing changes', async () => {
      await publish([pointer('RW5', { id: id(1) })]);
      await withdraw([id(1)]);
      expect((await withdraw([id(1), id(1)])).data).toEqual({ withdrawPointers: { count: 0 } });
    });

    test('none, and nothing happens', async () => {
      expect((await withdraw([])).data).toEqual({ withdrawPointers: { count: 0 } });
    });

    test.each([
      ['there is none', [id(1), id(8)], 'RW5', 'NO_RECORD_FOUND', ['ids[1]']],
      [
        'some are no ids',
        [id(1), '', 'RW5', '\u0000', "RW5-' or true"],
        'RW5',
        'NO_RECORD_FOUND',
        ['ids[1]', 'ids[2]', 'ids[3]', 'ids[4]'],
      ],
      ['some are another organisation’s', [id(1, 'RXT'), id(1)], 'RXT', 'ACCESS_DENIED', ['ids[1]']],
    ])('all or none: when %s', async (_, of, as, code, paths) => {
      await publish([pointer('RW5', { id: id(1) })]);
      await publish([pointer('RXT', { id: id(1, 'RXT') })], 'RXT');
      const answer = await withdraw(of, as);
      expect(answer.code).toBe(code);
      expect(answer.mistakes.map(({ path }) => path)).toEqual(paths);
      expect(await ids('RW5')).toEqual([id(1)]);
      expect(await ids('RXT')).toEqual([id(1, 'RXT')]);
    });

    test('no pointer that was replaced, and the whole call is refused', async () => {
      await publish([pointer('RW5', { id: id(1) })]);
      await subject.ask(SUPERSEDE, { id: id(1), replacement: pointer('RW5', { id: id(2) }) }, 'RW5');
      const { code, mistakes } = await withdraw([id(2), id(1)]);
      expect([code, mistakes.map(({ path }) => path)]).toEqual(['INVALID_RESOURCE', ['ids[1]']]);
      expect(await ids()).toEqual([id(2)]);
    });

    test('a pointer for good: it is not published again under its id, but under another', async () => {
      await publish([pointer('RW5', { id: id(1) })]);
      await withdraw([id(1)]);
      const { code, message } = await publish([pointer('RW5', { id: id(1) })]);
      expect(code).toBe('DUPLICATE_REJECTED');
      expect(message).toContain('withdrawn, which is final');
      expect((await publish([pointer('RW5', { id: id(2) })])).code).toBeUndefined();
    });
  });

  describe('lists its pointers', () => {
    test('its own and current ones alone, page by page in the order of their ids', async () => {
      await publish([5, 3, 10, 1, 4].map((serial) => pointer('RW5', { id: id(serial) })));
      await publish([pointer('RXT', { id: id(2, 'RXT') })], 'RXT');
      await subject.ask(WITHDRAW, { ids: [id(4)] }, 'RW5');
      const page = async (variables: Record<string, unknown>) =>
        (await subject.ask(LIST, variables, 'RW5')).data?.publishedPointers;
      expect(await page({ first: 2 })).toEqual([id(1), id(3)]);
      expect(await page({ first: 2, after: id(3) })).toEqual([id(5), id(10)]);
      expect(await page({ first: 2, after: id(10) })).toEqual([]);
      expect(await page({ after: id(2) })).toEqual([id(3), id(5), id(10)]);
      expect(await page({})).toEqual([id(1), id(3), id(5), id(10)]);
    });

    test.each([
      [{ first: 0 }],
      [{ first: -1 }],
      [{ first: 50_001 }],
      [{ after: '\u0000' }],
      [{ after: "RW5-' or true" }],
    ])('refusing %j', async (variables) => {
      expect((await subject.ask(LIST, variables, 'RW5')).code).toBe('INVALID_PARAMETER');
    });
  });
});

describe('a caller', () => {
  let subject: Subject;
  beforeAll(async () => {
    subject = await createSubject(await emptyDatabase('PostgreSQL'));
  });
  afterAll(() => subject.close());

  const CALLS: [string, string, Record<string, unknown>][] = [
    ['publishPointers', PUBLISH, { pointers: [pointer('RW5')] }],
    ['supersedePointer', SUPERSEDE, { id: `RW5-${uuid(1)}`, replacement: pointer('RW5') }],
    ['withdrawPointers', WITHDRAW, { ids: [`RW5-${uuid(1)}`] }],
    ['publishedPointers', LIST, {}],
  ];

  test.each(CALLS)('without a token is not let to %s', async (_, query, variables) => {
    subject.statements.length = 0;
    await expect(subject.ask(query, variables, '')).rejects.toThrow(UnauthenticatedError);
    expect(subject.statements).toEqual([]);
  });

  test.each(CALLS)('with the token of a gateway is not let to %s', async (_, query, variables) => {
    subject.statements.length = 0;
    expect((await subject.ask(query, variables)).code).toBe('ACCESS_DENIED');
    expect(subject.statements).toEqual([]);
  });

  test.each(CALLS)('with a token of another issuer is not let to %s', async (_, query, variables) => {
    const others = await createTokens();
    try {
      await expect(subject.ask(query, variables, await others.of('RW5'))).rejects.toThrow(UnauthenticatedError);
    } finally {
      others.close();
    }
  });

  test.each([
    ['no scope', { scope: undefined }],
    ['a scope that reads alone', { scope: 'patient/DocumentReference.read' }],
    ['a scope that only begins so', { scope: 'patient/DocumentReference.writer' }],
    ['a scope that is a list', { scope: ['patient/DocumentReference.write'] }],
    ['no organisation', { requesting_organization: undefined }],
    ['an organisation that is none', { requesting_organization: "RW5' or true" }],
    ['a list of organisations', { requesting_organization: ['RW5'] }],
  ])('whose token holds %s is denied', async (_, claims) => {
    for (const [, query, variables] of CALLS) {
      expect((await subject.ask(query, variables, await subject.tokens.of('RW5', claims))).code).toBe('ACCESS_DENIED');
    }
  });

  test('is told every mistake at once, none with a value, and is not kept waiting by thousands', async () => {
    const wrong = pointer('RW5', { type: PATIENT, practiceSetting: PATIENT, content: [] });
    const { mistakes, message } = await subject.ask(
      PUBLISH,
      { pointers: Array.from({ length: 2_000 }, () => wrong) },
      'RW5',
    );
    expect(mistakes).toHaveLength(6_000);
    expect(JSON.stringify(mistakes)).not.toContain(PATIENT);
    expect(message?.split('\n')).toHaveLength(22);
    expect(message).toContain('And 5980 more mistakes');
  });
});
