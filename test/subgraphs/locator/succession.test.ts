import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '@caregraph/service/config.ts';
import { ukDate } from '@caregraph/service/uk-time.ts';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { organisationsFile } from '../../../subgraphs/locator/organisations.ts';
import { circles, isClosed, openSuccessors, type Succeeded } from '../../../subgraphs/locator/succession.ts';

const TODAY = '2026-06-15';
const open = (): Succeeded => ({ validTo: null, succeededBy: [] });
const closed = (...succeededBy: string[]): Succeeded => ({ validTo: '2019-09-30', succeededBy });
const found = (code: string, organisations: Record<string, Succeeded>): string[] =>
  [...openSuccessors(code, new Map(Object.entries(organisations)), TODAY)].sort();

describe('where the records of an organisation are found today', () => {
  test('at the organisation itself while it is open', () => {
    expect(found('A', { A: open() })).toEqual(['A']);
  });

  test('at its successors once it has closed', () => {
    expect(found('A', { A: closed('B', 'C'), B: open(), C: open() })).toEqual(['B', 'C']);
  });

  test('at the successors of successors that have closed', () => {
    expect(found('A', { A: closed('B', 'C'), B: closed('D'), C: open(), D: open() })).toEqual(['C', 'D']);
  });

  test('at the organisation itself when it closed and nobody took over', () => {
    expect(found('A', { A: closed() })).toEqual(['A']);
    expect(found('A', { A: closed('B'), B: closed() })).toEqual(['B']);
  });

  test('at the organisation itself on its last day', () => {
    expect(found('A', { A: { validTo: TODAY, succeededBy: ['B'] }, B: open() })).toEqual(['A']);
    expect(found('A', { A: { validTo: '2026-06-14', succeededBy: ['B'] }, B: open() })).toEqual(['B']);
  });

  test('somewhere, even when a succession leads in a circle', () => {
    expect(found('A', { A: closed('B'), B: closed('A') })).toEqual(['A']);
    expect(found('A', { A: closed('B'), B: closed('A', 'C'), C: open() })).toEqual(['C']);
  });

  test('at an organisation of which nothing is known', () => {
    expect(found('A', {})).toEqual(['A']);
  });
});

describe('over any succession, in circles or not', () => {
  const codes = ['A', 'B', 'C', 'D', 'E', 'F', 'G'];
  const organisations = fc
    .record(
      Object.fromEntries(
        codes.map((code) => [
          code,
          fc.record({
            validTo: fc.constantFrom(null, '2019-09-30', TODAY, '2030-01-01'),
            succeededBy: fc.subarray(codes, { maxLength: 3 }),
          }),
        ]),
      ),
    )
    .map((record) => new Map<string, Succeeded>(Object.entries(record)));
  const code = fc.constantFrom(...codes);

  test('somebody is always named', () => {
    fc.assert(fc.property(code, organisations, (one, all) => openSuccessors(one, all, TODAY).size > 0));
  });

  test('nobody is named who has closed and has an open successor', () => {
    fc.assert(
      fc.property(code, organisations, (one, all) => {
        for (const named of openSuccessors(one, all, TODAY)) {
          const { validTo, succeededBy } = all.get(named) ?? open();
          if (!isClosed({ validTo }, TODAY)) continue;
          const present = succeededBy.filter((next) => !isClosed(all.get(next) ?? open(), TODAY));
          expect(present).toEqual([]);
        }
      }),
    );
  });

  test('every open organisation that can be reached through closed ones is named', () => {
    fc.assert(
      fc.property(code, organisations, (one, all) => {
        const reached = new Set<string>();
        const walk = (at: string, path: readonly string[]): void => {
          const organisation = all.get(at) ?? open();
          if (path.includes(at)) return;
          if (!isClosed(organisation, TODAY)) reached.add(at);
          else for (const next of organisation.succeededBy) walk(next, [...path, at]);
        };
        walk(one, []);
        const named = openSuccessors(one, all, TODAY);
        expect([...reached].filter((at) => !named.has(at))).toEqual([]);
      }),
    );
  });

  test('replacing twice is the same as replacing once', () => {
    fc.assert(
      fc.property(code, organisations, (one, all) => {
        fc.pre(circles(all).length === 0);
        const once = openSuccessors(one, all, TODAY);
        const twice = new Set([...once].flatMap((at) => [...openSuccessors(at, all, TODAY)]));
        expect([...twice].sort()).toEqual([...once].sort());
      }),
    );
  });

  test('circles are found exactly where an organisation in the end succeeds itself', () => {
    const succeedsItself = (all: ReadonlyMap<string, Succeeded>): boolean =>
      codes.some((start) => {
        const seen = new Set<string>();
        const waiting = [...(all.get(start)?.succeededBy ?? [])];
        for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
          if (at === start) return true;
          if (!seen.has(at)) waiting.push(...(all.get(at)?.succeededBy ?? []));
          seen.add(at);
        }
        return false;
      });
    fc.assert(fc.property(organisations, (all) => circles(all).length > 0 === succeedsItself(all)));
  });
});

describe('the day in the United Kingdom', () => {
  test('changes at midnight there, in winter and in summer', () => {
    expect(ukDate(new Date('2026-01-15T23:59:59Z'))).toBe('2026-01-15');
    expect(ukDate(new Date('2026-01-16T00:00:00Z'))).toBe('2026-01-16');
    expect(ukDate(new Date('2026-06-15T22:59:59Z'))).toBe('2026-06-15');
    expect(ukDate(new Date('2026-06-15T23:00:00Z'))).toBe('2026-06-16');
  });
});

describe('the file of organisations', () => {
  const folder = mkdtempSync(join(tmpdir(), 'caregraph-organisations-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const read = (list: unknown) => {
    const file = join(folder, 'organisations.json');
    writeFileSync(file, JSON.stringify(list));
    return () => readConfig(file, organisationsFile);
  };
  const kind = 'NHS_TRUST';

  test('that comes with the locator is right, with the thirteen trusts of the two stories and five ambulance trusts', () => {
    const file = new URL('../../../subgraphs/locator/organisations.json', import.meta.url).pathname;
    const kinds = readConfig(file, organisationsFile).map((one) => one.kind);
    expect(kinds.filter((one) => one === 'MENTAL_HEALTH_TRUST')).toHaveLength(13);
    expect(kinds.filter((one) => one === 'AMBULANCE_TRUST')).toHaveLength(5);
  });

  test('is refused with every mistake in it at once', () => {
    const mistakes = read([
      { odsCode: 'AAA', name: 'A', kind, validTo: '2019-09-30', succeededBy: ['BBB', 'ZZZ'] },
      { odsCode: 'BBB', name: 'B', kind, validTo: '2020-09-30', succeededBy: ['AAA'] },
      { odsCode: 'CCC', name: 'C', kind, succeededBy: ['DDD'] },
      { odsCode: 'DDD', name: 'D', kind, validFrom: '2020-01-01', validTo: '2019-01-01' },
      { odsCode: 'DDD', name: 'D again', kind },
    ]);
    expect(mistakes).toThrow(/0\.succeededBy\.1: ZZZ is not in the list/);
    expect(mistakes).toThrow(/0\.succeededBy: The succession leads in a circle: AAA, BBB, AAA/);
    expect(mistakes).toThrow(/2\.validTo: CCC has successors/);
    expect(mistakes).toThrow(/3\.validTo: DDD closes before it opens/);
    expect(mistakes).toThrow(/4\.odsCode: DDD stands in the list more than once/);
  });

  test('is refused when an organisation succeeds itself', () => {
    expect(read([{ odsCode: 'AAA', name: 'A', kind, validTo: '2019-09-30', succeededBy: ['AAA'] }])).toThrow(/circle/);
  });

  test('is refused with the wrong kinds of values', () => {
    expect(read([{ odsCode: 'rw5', name: '', kind: 'CLINIC', validTo: '2019-02-30', colour: 'blue' }])).toThrow(
      /odsCode[\s\S]*name[\s\S]*kind[\s\S]*validTo[\s\S]*colour/,
    );
  });
});
