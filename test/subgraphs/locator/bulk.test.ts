import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createSubject,
  DATABASES,
  emptyDatabase,
  nhsNumbers,
  PUBLISH,
  pointer,
  type Subject,
  stopServers,
  uuid,
  WITHDRAW,
} from './harness.ts';

afterAll(stopServers);

describe.each(DATABASES)('over %s', (kind) => {
  let subject: Subject;
  beforeAll(async () => {
    subject = await createSubject(await emptyDatabase(kind));
  });
  afterAll(() => subject.close());

  test('fifty thousand pointers are published, listed and withdrawn in a call each', { timeout: 120_000 }, async () => {
    const pointers = nhsNumbers(50_000).map((nhsNumber, i) =>
      pointer('RW5', { id: `RW5-${uuid(i)}`, subject: nhsNumber }),
    );
    const ids = pointers.map(({ id }) => id);
    const done = async (query: string, variables: Record<string, unknown>) => {
      const { data, message } = await subject.ask(query, variables, 'RW5');
      expect(message).toBeUndefined();
      return data;
    };
    subject.statements.length = 0;
    expect(await done(PUBLISH, { pointers })).toEqual({ publishPointers: { ids } });
    expect(await done('{ publishedPointers }', {})).toEqual({ publishedPointers: ids.toSorted() });
    expect(await done(WITHDRAW, { ids })).toEqual({ withdrawPointers: { count: 50_000 } });
    expect(await done('{ publishedPointers }', {})).toEqual({ publishedPointers: [] });
    expect(subject.statements).toHaveLength(6);
  });

  test('fifty thousand and one are refused before the database is asked', async () => {
    subject.statements.length = 0;
    const one = pointer('RW5');
    expect((await subject.ask(PUBLISH, { pointers: Array(50_001).fill(one) }, 'RW5')).code).toBe('INVALID_PARAMETER');
    expect((await subject.ask(WITHDRAW, { ids: Array(50_001).fill('x') }, 'RW5')).code).toBe('INVALID_PARAMETER');
    expect(subject.statements).toEqual([]);
  });
});
