import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashOf, type Manifest, manifestOf } from '@caregraph/gateway/limits/registered.ts';
import { followRegistered, OWN_OPERATIONS, readRegistered } from '@caregraph/gateway/limits/registered-files.ts';
import { schemaFile } from '@caregraph/schema/contract.ts';
import { ConfigError } from '@caregraph/service/config.ts';
import { createLog } from '@caregraph/service/log.ts';
import { buildSchema } from 'graphql';
import { afterAll, describe, expect, test } from 'vitest';

const schema = buildSchema('type Query { a(b: String): A } type A { a: A b: String }');
const folder = mkdtempSync(join(tmpdir(), 'caregraph-manifests-'));
afterAll(() => rmSync(folder, { recursive: true }));

const A = { name: 'A', type: 'query', body: 'query A { a { b } }' };
const B = { name: 'B', type: 'query', body: 'query B { a { ...b } } fragment b on A { b }' };

const WRONG_ID = { id: 'a' };

const manifest = (
  ...operations: readonly { readonly name: string; readonly type: string; readonly body: string }[]
): unknown => ({
  format: 'apollo-persisted-query-manifest',
  version: 1,
  operations: operations.map((each) => ({ id: hashOf(each.body), ...each })),
});

/** Puts a file in its place at once, as a deployment does. */
function write(name: string, content: unknown): string {
  const file = join(folder, name);
  writeFileSync(`${file}.new`, typeof content === 'string' ? content : JSON.stringify(content));
  renameSync(`${file}.new`, file);
  return file;
}

const mistakes = (...files: string[]): string => {
  try {
    readRegistered(files, schema);
    return 'none';
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
};

describe("an app's manifest", () => {
  test('registers its operations, by the SHA-256 of each; those of several apps stand together', () => {
    const read = readRegistered([write('a.json', manifest(A)), write('b.json', manifest(B, A))], schema);
    expect(read).toEqual(
      new Map([
        [hashOf(A.body), { name: 'A', text: A.body }],
        [hashOf(B.body), { name: 'B', text: B.body }],
      ]),
    );
  });

  test('is refused with every mistake in every file, each with its operation', () => {
    const first = write('first.json', manifest({ ...A, ...WRONG_ID }, { ...B, body: 'query B { c }' }, B));
    const second = write(
      'second.json',
      manifest(
        { ...A, body: '{{' },
        { ...A, name: 'C' },
        { ...A, type: 'mutation' },
        { ...A, body: `query A { a { ${'b '.repeat(501)} } }` },
      ),
    );
    const said = mistakes(first, second, join(folder, 'none.json'), write('text.json', 'query { a }')).split('\n');
    expect(said).toEqual([
      `${first}: operation 1, "A": its "id" must be the SHA-256 of its "body", in small hexadecimal digits`,
      `${first}: operation 2, "B": Cannot query field "c" on type "Query". Did you mean "a"?`,
      `${second}: operation 1, "A": Syntax Error: Expected Name, found "{".`,
      `${second}: operation 2, "C": its "body" must hold a query of that name`,
      `${second}: operation 3, "A": its "body" must hold a mutation of that name`,
      expect.stringMatching(/operation 4, "A": This query asks for 502 fields.*the most is 500/),
      `The manifest of documents ${join(folder, 'none.json')} cannot be read.`,
      expect.stringMatching(/text\.json is not JSON/),
    ]);
  });

  test.each([
    ['of another format', { format: 'something', version: 1, operations: [] }, /format/],
    ['of another version', { format: 'apollo-persisted-query-manifest', version: 2, operations: [] }, /version/],
    ['without operations', { format: 'apollo-persisted-query-manifest', version: 1 }, /operations: is missing/],
    ['that is a list', [], /not a valid configuration/],
    ['with an operation of no kind', manifest({ ...A, type: 'fragment' }), /operations\.0\.type/],
  ])('%s is refused', (_what, content, said) => {
    expect(mistakes(write('odd.json', content))).toMatch(said);
  });

  test('is followed: a good one is in force, a broken one is logged and changes nothing', () => {
    const logged: string[] = [];
    const log = createLog({ name: 'test', destination: { write: (line) => logged.push(line) } });
    const file = write('followed.json', manifest(A));
    const following = followRegistered({ files: [file], schema: () => schema, log });
    try {
      const known = () => [...following.current().values()].map(({ name }) => name);
      expect(known()).toEqual(['A']);
      write('followed.json', manifest(A, B));
      following.check();
      expect(known()).toEqual(['A', 'B']);
      write('followed.json', manifest(A, { ...B, body: 'query B { c }' }));
      following.check();
      expect(known()).toEqual(['A', 'B']);
      expect(logged.at(-1)).toMatch(/manifest of documents was refused.*|operation 2/);
      expect(logged.at(-1)).toMatch(/operation 2, \\"B\\": Cannot query field/);
      rmSync(file);
      following.check();
      expect(known()).toEqual(['A', 'B']);
      write('followed.json', manifest(B));
      following.check();
      expect(known()).toEqual(['B']);
    } finally {
      following.close();
    }
  });

  test('is held against a schema that takes the place of the last', () => {
    let now = schema;
    const file = write('schema.json', manifest(A));
    const log = createLog({ name: 'test', level: 'silent' });
    const following = followRegistered({ files: [file], schema: () => now, log });
    now = buildSchema('type Query { c: Int }');
    following.check();
    expect(following.current().size).toBe(1);
    write('schema.json', manifest({ ...A, body: 'query A { c }' }));
    following.check();
    expect([...following.current().values()]).toEqual([{ name: 'A', text: 'query A { c }' }]);
    following.close();
  });
});

describe('a manifest that is made of files', () => {
  const own = readdirSync(OWN_OPERATIONS).map((file) => ({ file, text: schemaFile(`operations/${file}`) }));

  test('is read again, each text to the letter', () => {
    const made: Manifest = manifestOf(own);
    expect(made.operations).toHaveLength(own.length);
    for (const { id, body } of made.operations) expect(id).toBe(hashOf(body));
    expect(made.operations.map(({ body }) => body)).toEqual(own.map(({ text }) => text));
    expect(made.operations.find(({ name }) => name === 'BreakGlass')?.type).toBe('mutation');
  });

  test.each([
    ['of an operation without a name', [{ file: 'a.graphql', text: '{ a }' }], 'a.graphql must hold one operation'],
    [
      'of two operations',
      [{ file: 'a.graphql', text: 'query A { a } query B { a }' }],
      'a.graphql must hold one operation',
    ],
    ['of fragments alone', [{ file: 'f.graphql', text: 'fragment f on A { b }' }], 'f.graphql must hold one operation'],
    [
      'of two operations of one name',
      [
        { file: 'a.graphql', text: 'query A { a }' },
        { file: 'b.graphql', text: 'query A { b }' },
      ],
      'Two operations are called "A"',
    ],
  ])('is not made %s', (_what, files, said) => {
    expect(() => manifestOf(files)).toThrow(said);
  });
});

describe('the command', () => {
  const MAIN = fileURLToPath(import.meta.resolve('@caregraph/gateway/limits/main.ts'));
  const command = (...args: readonly string[]) => spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });

  test('prints a manifest of a folder and those below it, which a gateway takes', () => {
    const operations = join(folder, 'operations', 'below');
    mkdirSync(operations, { recursive: true });
    writeFileSync(join(operations, 'b.graphql'), B.body);
    writeFileSync(join(operations, '..', 'a.graphql'), A.body);
    const { status, stdout } = command(join(folder, 'operations'));
    expect(status).toBe(0);
    expect(readRegistered([write('printed.json', stdout)], schema).size).toBe(2);
  });

  test("lists the hashes of Caregraph's own operations", () => {
    const { stdout } = command('--list');
    expect(stdout.split('\n')).toContain(`sha256:${hashOf(schemaFile('operations/crisis.graphql'))}  Crisis`);
  });

  test('says what is wrong with a call, and how it is called', () => {
    for (const args of [[join(folder, 'nowhere')], ['--what'], ['a', 'b']]) {
      const { status, stderr, stdout } = command(...args);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toMatch(/npm run -s operations/);
    }
  });
});
