import { describe, expect, test } from 'vitest';
import { checkPointer, type PointerInput } from '../../../subgraphs/locator/check-pointer.ts';
import { POINTER_TYPES } from '../../../subgraphs/locator/codes.ts';
import { isConceptCode } from '../../../subgraphs/locator/snomed-code.ts';
import { nhsNumbers } from './harness.ts';

const UUID = '5f0c2b1e-8f3a-4d53-9a3c-0c2f3f1b7a10';
const publisher = { odsCode: 'RW5', knows: (code: string) => ['RW5', 'RXT'].includes(code), newUUID: () => UUID };
const WAY = { url: 'https://records.example/plan', contentType: 'application/pdf', format: 'urn:nhs-ic:unstructured' };
const RIGHT: PointerInput = { subject: '9876543210', type: '736253002', custodian: 'RW5', content: [WAY] };

const check = (facts: Partial<PointerInput>) => checkPointer({ ...RIGHT, ...facts }, 'pointers[7]', publisher);
const mistakes = (facts: Partial<PointerInput>) => check(facts).mistakes.map(({ code, path }) => [code, path]);
const way = (facts: Partial<typeof WAY> & { created?: string }) => ({ content: [{ ...WAY, ...facts }] });

describe('a pointer that is right', () => {
  test('is kept with an id, an author and moments in UTC', () => {
    const { pointer, mistakes } = check({
      periodStart: '2024-07-01T09:30:00+01:00',
      ...way({ created: '2016-12-31T23:59:60Z' }),
    });
    expect(mistakes).toEqual([]);
    expect(pointer).toEqual({
      id: `RW5-${UUID}`,
      subject: '9876543210',
      type: '736253002',
      custodian: 'RW5',
      author: 'RW5',
      content: [{ ...WAY, created: '2016-12-31T23:59:59.000Z' }],
      practiceSetting: null,
      periodStart: '2024-07-01T08:30:00.000Z',
      periodEnd: null,
    });
  });

  test.each([...POINTER_TYPES.keys()])('may be of the NRL type %s, which has one category', (type) => {
    expect(mistakes({ type })).toEqual([]);
    expect(POINTER_TYPES.get(type)?.category.display).toBeTruthy();
  });

  test.each([
    'https://records.example/plan?id=abc#top',
    'HTTPS://RECORDS.EXAMPLE/plan',
    'http://localhost:4201/plan',
    'http://127.0.0.1:4201/plan',
    'http://[::1]:4201/plan',
    'https://192.168.10.15:4201/plan',
    'https://10.123.45.678x.example/plan',
  ])('may lead to %s', (url) => {
    expect(mistakes(way({ url }))).toEqual([]);
  });
});

describe('a pointer is refused', () => {
  test.each<[string, Partial<PointerInput>, [string, string]]>([
    ['of another custodian', { custodian: 'RXT' }, ['ACCESS_DENIED', 'custodian']],
    ['with an id of another custodian', { id: `RXT-${UUID}` }, ['ACCESS_DENIED', 'id']],
    ['with an id that is no UUID', { id: 'RW5-1' }, ['INVALID_RESOURCE', 'id']],
    ['with an id in capitals', { id: `RW5-${UUID.toUpperCase()}` }, ['INVALID_RESOURCE', 'id']],
    ['with an id that goes on after a line break', { id: `RW5-${UUID}\n` }, ['INVALID_RESOURCE', 'id']],
    ['with an empty id', { id: '' }, ['INVALID_RESOURCE', 'id']],
    ['of an unknown type', { type: '123456789' }, ['INVALID_CODE_VALUE', 'type']],
    ['of a type that every object has', { type: 'constructor' }, ['INVALID_CODE_VALUE', 'type']],
    ['by an author whom nobody knows', { author: 'XYZ' }, ['INVALID_RESOURCE', 'author']],
    ['with a setting that is no code', { practiceSetting: 'ward 7' }, ['INVALID_RESOURCE', 'practiceSetting']],
    ['with an NHS number for a setting', { practiceSetting: '9876543210' }, ['INVALID_RESOURCE', 'practiceSetting']],
    ['from before there were records', { periodStart: '0000-01-01T00:00:00Z' }, ['INVALID_RESOURCE', 'periodStart']],
    [
      'with a period that ends before it starts',
      { periodStart: '2024-01-01T00:30:00+01:00', periodEnd: '2023-12-31T23:00:00Z' },
      ['INVALID_RESOURCE', 'periodEnd'],
    ],
    ['with no way of reading it', { content: [] }, ['INVALID_RESOURCE', 'content']],
    [
      'with a hundred ways of reading it',
      { content: Array.from({ length: 100 }, () => WAY) },
      ['INVALID_RESOURCE', 'content'],
    ],
    ['with a broken media type', way({ contentType: 'pdf' }), ['INVALID_RESOURCE', 'content[0].contentType']],
    ['with a format that is no URI', way({ format: 'pdf file' }), ['INVALID_RESOURCE', 'content[0].format']],
    ['with a number in its format', way({ format: 'urn:nhs:9876543210' }), ['INVALID_RESOURCE', 'content[0].format']],
    ['made in the far future', way({ created: '9999-12-31T23:59:59Z' }), ['INVALID_RESOURCE', 'content[0].created']],
  ])('%s', (_, facts, [code, path]) => {
    expect(mistakes(facts)).toEqual([[code, `pointers[7].${path}`]]);
  });

  test.each([
    '',
    '/plan',
    'records.example/plan',
    'https:records.example',
    'https:///plan',
    'https://',
    'ftp://records.example/plan',
    'javascript:alert(1)',
    'data:text/html,hello',
    'file:///etc/passwd',
    'http://records.example/plan',
    'http://127.0.0.1.example/plan',
    'http://localhost.example/plan',
    'https://user:secret@records.example/plan',
    'https://records.example/my plan',
    'https://records.example/plan\n',
    'https://records.example/plän',
    'https://records.example/\u0000',
    `https://records.example/${'a'.repeat(2_048)}`,
    'https://records.example/9876543210',
    'https://records.example/987%20654%203210',
    'https://records.example/?n=987-654-3210',
    'https://9876543210.example/',
    'https://records.example:443/#9876543210',
    'https://192.168.10.15/9876543210',
  ])('with the address %j', (url) => {
    const { mistakes } = check(way({ url }));
    expect(mistakes.map(({ code, path }) => [code, path])).toEqual([
      ['INVALID_RESOURCE', 'pointers[7].content[0].url'],
    ]);
  });

  test('with every mistake at once, and no value in any', () => {
    const { mistakes } = check({
      subject: '9876543210',
      id: 'RW5-9876543210',
      type: '9876543210',
      practiceSetting: 'nhs 9876543210',
      content: [{ url: 'https://records.example/9876543210', contentType: '9876543210', format: '9876543210' }],
    });
    expect(mistakes).toHaveLength(6);
    expect(JSON.stringify(mistakes)).not.toContain('9876543210');
  });
});

describe('the code of a SNOMED CT concept', () => {
  const TEAMS = ['92151000000102', '92221000000103', '310119000', '89301000000108', '91901000000109', '92191000000105'];

  test('is known by its form and its check digit', () => {
    for (const code of [...POINTER_TYPES.keys(), ...TEAMS]) {
      expect(isConceptCode(code)).toBe(true);
      expect(isConceptCode(`${code.slice(0, -1)}${(Number(code.at(-1)) + 1) % 10}`)).toBe(false);
    }
    for (const text of ['', '0', '1000', '011000', 'ward', '736253002 ', '1'.repeat(19)]) {
      expect(isConceptCode(text)).toBe(false);
    }
  });

  test('is hardly ever an NHS number', () => {
    expect(nhsNumbers(10_000).filter(isConceptCode).length).toBeLessThan(100);
  });
});
