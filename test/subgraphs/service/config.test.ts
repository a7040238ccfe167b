import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, configFromArguments, readConfig, resolveBeside } from '@caregraph/service/config.ts';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

const folder = mkdtempSync(join(tmpdir(), 'caregraph-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'test.yaml');

const shape = z.strictObject({
  port: z.int().min(0).default(4000),
  keys: z.union([z.strictObject({ url: z.url() }), z.strictObject({ file: z.string() })]),
  trusts: z.array(z.strictObject({ odsCode: z.string().length(3) })).default([]),
});

function read(yaml: string): unknown {
  writeFileSync(file, yaml);
  return readConfig(file, shape);
}

/** The lines of the error that a configuration gives. */
function mistakes(yaml: string): string[] {
  try {
    read(yaml);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [first, ...lines] = error.message.split('\n');
    expect(first).toBe(`${file} is not a valid configuration:`);
    return lines.map((line) => line.slice(2));
  }
  throw new Error('The configuration is valid.');
}

describe('a configuration', () => {
  test('is read, with what is left out filled in', () => {
    expect(read('keys: { file: keys.json }')).toEqual({ port: 4000, keys: { file: 'keys.json' }, trusts: [] });
  });

  test('tells every mistake at once, each with its path', () => {
    expect(mistakes('port: x\nkeys: { file: a }\ntrusts: [{ odsCode: RW5 }, { odsCode: R }, {}]\nhots: a')).toEqual([
      'port: Invalid input: expected number, received string',
      expect.stringMatching(/^trusts\.1\.odsCode: .*3/),
      'trusts.2.odsCode: is missing (string)',
      '(the whole file): Unrecognized key: "hots"',
    ]);
  });

  test('that fits none of several forms says what is wrong with each of them', () => {
    expect(mistakes('keys: { uri: a }')).toEqual([
      'keys: has none of the forms that it may have',
      '  either: url is missing (string); Unrecognized key: "uri"',
      '  or: file is missing (string); Unrecognized key: "uri"',
    ]);
    expect(mistakes('keys: 1')).toEqual(['keys: Invalid input: expected object, received number']);
  });

  test.each([
    ['a key given twice', 'port: 1\nport: 2\nkeys: { file: a }', /keys must be unique at line 2/],
    ['a list that does not end', 'port: 1\ntrusts: [', /at line 2/],
    ['an alias of nothing', 'keys: *nothing', /Unresolved alias/],
    ['a tag that YAML does not know', 'port: !!js/function "x"', /Unresolved tag.* at line 1/],
    ['nothing at all', '', /^keys: is missing|^keys: has none/],
    ['a list', '- 1', /^\(the whole file\): Invalid input: expected object, received array$/],
  ])('that is not YAML as it must be says where: %s', (_what, yaml, line) => {
    expect(mistakes(yaml)[0]).toMatch(line);
  });

  test('never shows its own lines, which may hold a password', () => {
    expect(mistakes('database: postgres://user:secret@host\n  port: [').join('\n')).not.toContain('secret');
  });

  test('that cannot be read is named', () => {
    const missing = join(folder, 'missing.yaml');
    expect(() => readConfig(missing, shape)).toThrow(
      new ConfigError(`The configuration file ${missing} cannot be read.`),
    );
  });
});

describe('a command line', () => {
  test('names the configuration', () => {
    writeFileSync(file, 'keys: { file: keys.json }');
    expect(configFromArguments(['--config', file], shape)).toMatchObject({ file, config: { port: 4000 } });
  });

  test.each([[[]], [['--config']], [['--confg', 'x']], [['--config=']], [['x']]])(
    'that does not is refused: %j',
    (argv) => {
      expect(() => configFromArguments(argv, shape)).toThrow(ConfigError);
      expect(() => configFromArguments(argv, shape)).toThrow(/--conf|'x'/);
    },
  );
});

test('a path in a configuration is relative to the folder of that file', () => {
  expect(resolveBeside('/etc/caregraph/gateway.yaml', 'keys/a.json')).toBe('/etc/caregraph/keys/a.json');
  expect(resolveBeside('/etc/caregraph/gateway.yaml', '/srv/a.json')).toBe('/srv/a.json');
});
