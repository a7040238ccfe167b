import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ConfigError } from '@caregraph/service/config.ts';
import { contentFingerprint, type Reloading, reloading } from '@caregraph/service/reloading.ts';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

let folder: string;
let file: string;
let replaced: unknown[];
let refused: string[];
const opened: Reloading<unknown>[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'caregraph-reloading-'));
  file = join(folder, 'value.json');
  replaced = [];
  refused = [];
});
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

/** A value that is read from JSON files, each whole or refused. */
function follow(files: readonly string[] = [file], read = (): unknown => files.map(readJSON)): Reloading<unknown> {
  const followed = reloading({
    fingerprint: () => contentFingerprint(files),
    read,
    onReplaced: (value) => replaced.push(value),
    onRefused: (error) => refused.push(error.message),
  });
  opened.push(followed);
  return followed;
}

const readJSON = (name: string): unknown => JSON.parse(readFileSync(name, 'utf8'));

describe('the first read', () => {
  test('gives the value', () => {
    writeFileSync(file, '1');
    expect(follow().current()).toEqual([1]);
    expect({ replaced, refused }).toEqual({ replaced: [], refused: [] });
  });

  test('throws a ConfigError when there is no file', () => {
    expect(() => follow()).toThrow(ConfigError);
    expect(() => follow()).toThrow(/no such file/);
  });

  test('throws a ConfigError as it stands', () => {
    const error = new ConfigError('a.yaml is not valid:\n  one\n  two');
    expect(() =>
      follow([file], () => {
        throw error;
      }),
    ).toThrow(error);
  });

  test('says so when the files do not rest', () => {
    let written = 0;
    expect(() => follow([file], () => writeFileSync(file, String(written++)))).toThrow(
      new ConfigError('The files changed again and again while they were read.'),
    );
  });
});

describe('looking again', () => {
  test('takes what has changed', () => {
    writeFileSync(file, '1');
    const value = follow();
    writeFileSync(file, '2');
    value.check();
    expect(value.current()).toEqual([2]);
    expect({ replaced, refused }).toEqual({ replaced: [[2]], refused: [] });
  });

  test('does nothing when nothing has changed', () => {
    writeFileSync(file, '1');
    const read = vi.fn(() => [1]);
    const value = follow([file], read);
    const before = value.current();
    writeFileSync(file, '1');
    value.check();
    expect(value.current()).toBe(before);
    expect({ replaced, reads: read.mock.calls.length }).toEqual({ replaced: [], reads: 1 });
  });

  test('sees a file of the same length that was written in the same moment', () => {
    writeFileSync(file, '1');
    const value = follow();
    for (let each = 2; each < 10; each++) {
      writeFileSync(file, String(each));
      value.check();
      expect(value.current()).toEqual([each]);
    }
  });

  test('sees a file that was renamed into its place', () => {
    writeFileSync(file, '1');
    const value = follow();
    writeFileSync(`${file}.new`, '2');
    renameSync(`${file}.new`, file);
    value.check();
    expect(value.current()).toEqual([2]);
  });

  test('sees a folder behind a symbolic link swapped, as a mounted config map is', () => {
    for (const [version, content] of ['1', '2'].entries()) {
      mkdirSync(join(folder, `..${version}`));
      writeFileSync(join(folder, `..${version}`, 'value.json'), content);
    }
    symlinkSync('..0', join(folder, '..data'));
    symlinkSync('..data/value.json', file);
    const value = follow();
    expect(value.current()).toEqual([1]);
    symlinkSync('..1', join(folder, '..next'));
    renameSync(join(folder, '..next'), join(folder, '..data'));
    value.check();
    expect(value.current()).toEqual([2]);
  });

  test('never makes a value of old and new files', () => {
    const other = join(folder, 'other.json');
    for (const each of [file, other]) writeFileSync(each, '1');
    let between = (): void => {};
    const value = follow([file, other], () => {
      const first = readJSON(file);
      between();
      return [first, readJSON(other)];
    });
    between = () => {
      between = () => {};
      for (const each of [file, other]) writeFileSync(each, '3');
    };
    for (const each of [file, other]) writeFileSync(each, '2');
    value.check();
    expect(value.current()).toEqual([3, 3]);
    expect(replaced).toEqual([[3, 3]]);
  });
});

describe('what cannot be read', () => {
  test('is refused, and the last good value stays', () => {
    writeFileSync(file, '1');
    const value = follow();
    writeFileSync(file, '{');
    expect(() => value.check()).not.toThrow();
    expect(value.current()).toEqual([1]);
    expect({ replaced, refused }).toEqual({ replaced: [], refused: [expect.stringMatching(/JSON/)] });
  });

  test('is told once, however often it is looked at, and again when it is another', () => {
    writeFileSync(file, '1');
    const value = follow();
    writeFileSync(file, '{');
    value.check();
    value.check();
    expect(refused).toHaveLength(1);
    writeFileSync(file, '{{');
    value.check();
    value.check();
    expect(refused).toHaveLength(2);
  });

  test('gives way to the next good one', () => {
    writeFileSync(file, '1');
    const value = follow();
    writeFileSync(file, '{');
    value.check();
    writeFileSync(file, '{}');
    value.check();
    expect(value.current()).toEqual([{}]);
  });

  test('is over when the old content is back, and that is told', () => {
    writeFileSync(file, '1');
    const value = follow();
    writeFileSync(file, '{');
    value.check();
    writeFileSync(file, '1');
    value.check();
    expect({ current: value.current(), replaced }).toEqual({ current: [1], replaced: [[1]] });
    writeFileSync(file, '{');
    value.check();
    expect(refused).toHaveLength(2);
  });

  test('may be a file that is gone, until it is back', () => {
    writeFileSync(file, '1');
    const value = follow();
    rmSync(file);
    value.check();
    expect({ current: value.current(), refused }).toEqual({ current: [1], refused: [expect.stringMatching(/ENOENT/)] });
    writeFileSync(file, '2');
    value.check();
    expect(value.current()).toEqual([2]);
  });

  test('is read again at the next look, since the fault may not have lain in the file', () => {
    writeFileSync(file, '1');
    let openFiles = 0;
    const value = follow([file], () => {
      if (openFiles > 0) throw new Error('EMFILE: too many open files');
      return readJSON(file);
    });
    writeFileSync(file, '2');
    openFiles = 1;
    value.check();
    expect(value.current()).toBe(1);
    openFiles = 0;
    value.check();
    expect(value.current()).toBe(2);
  });

  test('may be that the files cannot even be looked at', () => {
    let trouble = false;
    const value = reloading({
      fingerprint: () => {
        if (trouble) throw new Error('EACCES: permission denied');
        return 'same';
      },
      read: () => {
        if (trouble) throw new Error('EACCES: permission denied');
        return 1;
      },
      onRefused: (error) => refused.push(error.message),
    });
    opened.push(value);
    trouble = true;
    expect(() => value.check()).not.toThrow();
    expect({ current: value.current(), refused }).toEqual({ current: 1, refused: ['EACCES: permission denied'] });
  });

  test('whatever happens to the files, the value in force is the last good one', () => {
    const step = fc.record({
      write: fc.oneof(fc.constantFrom('{', '', '[1', 'gone'), fc.nat(5).map(String)),
      look: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        writeFileSync(file, '0');
        const value = follow();
        let good = 0;
        for (const { write, look } of steps) {
          if (write === 'gone') rmSync(file, { force: true });
          else writeFileSync(file, write);
          if (!look) continue;
          value.check();
          good = /^\d$/.test(write) ? Number(write) : good;
          expect(value.current()).toEqual([good]);
        }
        value.close();
      }),
    );
  });
});

describe('while it runs', () => {
  const seconds = (count: number): void => void vi.advanceTimersByTime(count * 1_000);

  test('looks every second, and takes what two looks have found the same', () => {
    vi.useFakeTimers();
    writeFileSync(file, '1');
    const value = follow();
    writeFileSync(file, '2');
    seconds(1);
    expect(value.current()).toEqual([1]);
    seconds(1);
    expect(value.current()).toEqual([2]);
  });

  test('says nothing of a file that is half-written, or away, for a moment', () => {
    vi.useFakeTimers();
    writeFileSync(file, '[1, 2]');
    const value = follow();
    // Half of a list is not always refused by the reader, and half of an agreement might share more than the whole.
    for (const part of ['', '[1', '[1]']) {
      writeFileSync(file, part);
      seconds(1);
    }
    rmSync(file);
    seconds(1);
    writeFileSync(file, '[1, 2, 3]');
    seconds(2);
    expect({ current: value.current(), replaced, refused }).toEqual({
      current: [[1, 2, 3]],
      replaced: [[[1, 2, 3]]],
      refused: [],
    });
  });

  test('tells of one that stays bad, once', () => {
    vi.useFakeTimers();
    writeFileSync(file, '1');
    follow();
    writeFileSync(file, '{');
    seconds(10);
    expect(refused).toHaveLength(1);
  });

  test('ends with close, and the last good value stays', () => {
    vi.useFakeTimers();
    writeFileSync(file, '1');
    const value = follow();
    value.close();
    writeFileSync(file, '2');
    seconds(10);
    expect(value.current()).toEqual([1]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('keeps no process alive', async () => {
    const program = `
      import { reloading } from ${JSON.stringify(import.meta.resolve('@caregraph/service/reloading.ts'))};
      reloading({ fingerprint: () => '', read: () => 1 });
      process.stdout.write('following');
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      timeout: 20_000,
    });
    expect(stdout).toBe('following');
  });
});

test('a fingerprint tells two sets of files apart', () => {
  const other = join(folder, 'other.json');
  writeFileSync(file, '12');
  writeFileSync(other, '3');
  const before = contentFingerprint([file, other]);
  expect(contentFingerprint([file, other])).toBe(before);
  expect(contentFingerprint([file])).not.toBe(before);
  writeFileSync(file, '1');
  writeFileSync(other, '23');
  expect(contentFingerprint([file, other])).not.toBe(before);
});
