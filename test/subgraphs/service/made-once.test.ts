import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { madeOnce } from '@caregraph/service/made-once.ts';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';

const all = mkdtempSync(join(tmpdir(), 'caregraph-made-once-'));
afterAll(() => rmSync(all, { recursive: true }));

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(all, 'x'));
  file = join(folder, 'secret');
});

describe('a file that is made once', () => {
  test('holds what was made, for nobody else to read, and is not made again', () => {
    const deep = join(folder, 'in', 'here', 'secret');
    expect(madeOnce(deep, () => 'first')).toBe('first');
    expect(madeOnce(deep, () => 'second')).toBe('first');
    expect(statSync(deep).mode & 0o777).toBe(0o600);
  });

  test('is that of another process, which was quicker', () => {
    const meanwhile = (): string => {
      writeFileSync(file, 'theirs');
      return 'ours';
    };
    expect(madeOnce(file, meanwhile)).toBe('theirs');
    expect(readFileSync(file, 'utf8')).toBe('theirs');
    expect(readdirSync(folder)).toEqual(['secret']);
  });

  test('is not there in part, and leaves nothing behind, when it cannot be made', () => {
    const failing = (): string => {
      throw new Error('no randomness');
    };
    expect(() => madeOnce(file, failing)).toThrow('no randomness');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is not taken to be missing when it cannot be read', () => {
    expect(() => madeOnce(folder, () => 'over it')).toThrow();
    expect(statSync(folder).isDirectory()).toBe(true);
  });
});
