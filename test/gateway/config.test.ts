import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatewayConfig } from '@caregraph/gateway/config.ts';
import { readGatherRules } from '@caregraph/gateway/gather/rules.ts';
import { readConfig } from '@caregraph/service/config.ts';
import { afterAll, describe, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'caregraph-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const read = (yaml: string) => {
  const file = join(folder, 'gateway.yaml');
  writeFileSync(file, yaml);
  return readConfig(file, gatewayConfig);
};

describe("the gateway's configuration", () => {
  test('has every mistake reported at once, with its path', () => {
    const wrong = `
port: 70000
trusts:
  - { odsCode: RW5, name: One, url: http://127.0.0.1:1/graphql }
  - { odsCode: rw5, name: Two, url: ftp://nowhere }
  - { odsCode: "!", name: "" }
deadline: 3
`;
    expect(() => read(wrong)).toThrow(
      /port[\s\S]*trusts\.1\.url[\s\S]*trusts\.2\.odsCode[\s\S]*trusts\.2\.name[\s\S]*trusts\.2\.url[\s\S]*deadline/,
    );
  });

  test('names no trust twice, however its code is written', () => {
    const twice = `
development: { keys: keys }
trusts:
  - { odsCode: RW5, name: One, url: http://127.0.0.1:1/graphql }
  - { odsCode: rw5, name: Two, url: http://127.0.0.1:2/graphql }
`;
    expect(() => read(twice)).toThrow(/trusts: names a trust twice/);
  });

  test('gives no trust one address twice', () => {
    const of = (also: string): string => `
development: { keys: keys }
trusts:
  - { odsCode: RW5, name: One, url: http://127.0.0.1:1/graphql, also: [${also}] }
`;
    expect(() => read(of('http://127.0.0.1:1/graphql'))).toThrow(/trusts\.0\.also: names an address twice/);
    expect(() => read(of('http://127.0.0.1:2, http://127.0.0.1:2'))).toThrow(/trusts\.0\.also: names an address twice/);
    expect(() => read(of('nowhere'))).toThrow(/trusts\.0\.also\.0: must be an http or https address/);
    expect(read(of('http://127.0.0.1:2/graphql')).trusts[0]?.also).toEqual(['http://127.0.0.1:2/graphql']);
  });

  test('that is right is read, with what it leaves out filled in', () => {
    expect(read('development: { keys: keys }')).toEqual({
      host: '127.0.0.1',
      port: 4000,
      subgraphs: {},
      trusts: [],
      deadlineMs: 2_000,
      operations: [],
      development: { keys: 'keys' },
    });
  });
});

describe("a supergraph's rules of gathering", () => {
  const supergraph = (fields: string, record = 'type Thing { id: ID! @stamp(with: QUALIFIED_ID) n: Int }') => `
    schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://caregraph.example/gather/v1.0", import: ["@gather"]) { query: Query }
    directive @link(url: String, import: [String]) repeatable on SCHEMA
    directive @join__type(graph: join__Graph!, key: String) repeatable on OBJECT
    directive @join__field(graph: join__Graph) repeatable on FIELD_DEFINITION
    directive @join__graph(name: String!, url: String!) on ENUM_VALUE
    directive @gathered(by: String!) on OBJECT
    directive @inaccessible on FIELD_DEFINITION
    directive @gather(orderBy: String!, direction: GatherDirection! = ASC, limit: String, atMost: Int) on FIELD_DEFINITION
    directive @stamp(with: GatherStamp!) on FIELD_DEFINITION
    enum GatherStamp { CUSTODIAN QUALIFIED_ID }
    enum GatherDirection { ASC DESC }
    enum join__Graph { A @join__graph(name: "a", url: "") B @join__graph(name: "b", url: "") }
    type Query { x: Int }
    type Owner @join__type(graph: A, key: "id") @gathered(by: "holders") { id: ID! holders: [String] ${fields} }
    ${record}`;

  test('are read from any supergraph that links the specification, whatever its types are called', () => {
    const rules = readGatherRules(supergraph('things: [Thing!] @join__field(graph: A) @gather(orderBy: "n")'), {});
    expect([...(rules?.subgraphs ?? [])]).toEqual(['a']);
    expect(rules?.entities.get('Owner')).toMatchObject({ key: 'id', routing: 'holders' });
    expect(rules?.entities.get('Owner')?.lists.get('things')).toMatchObject({ orderBy: 'n', descending: false });
  });

  test('say what clients may know of, and in which order records come', () => {
    const rules = readGatherRules(
      supergraph(
        'things: [Thing!] @join__field(graph: A) @gather(orderBy: "n", direction: DESC, limit: "first", atMost: 9) hidden: [Thing!] @join__field(graph: A) @gather(orderBy: "n") @inaccessible',
      ),
      {},
    );
    const { things, hidden } = Object.fromEntries(rules?.entities.get('Owner')?.lists ?? []);
    expect(things).toMatchObject({ visible: true, descending: true, limit: 'first', atMost: 9 });
    expect(hidden).toMatchObject({ visible: false, descending: false, limit: null, atMost: null });
  });

  test('are none when it does not', () => {
    expect(readGatherRules('type Query { a: Int }', {})).toBeNull();
  });

  test.each([
    [
      'an order by a field that is not there',
      'things: [Thing!] @join__field(graph: A) @gather(orderBy: "m")',
      undefined,
      /Owner\.things: Thing has no field "m"/,
    ],
    [
      'records without an id',
      'things: [Thing!] @join__field(graph: A) @gather(orderBy: "n")',
      'type Thing { n: Int }',
      /QUALIFIED_ID/,
    ],
    [
      'records that are no objects',
      'things: [Int!] @join__field(graph: A) @gather(orderBy: "n")',
      undefined,
      /must be of one object type/,
    ],
    [
      'fields in two subgraphs',
      'things: [Thing!] @join__field(graph: A) @gather(orderBy: "n") more: [Thing!] @join__field(graph: B) @gather(orderBy: "n")',
      undefined,
      /must stand in one subgraph/,
    ],
  ])('are refused, saying why, with %s', (_name, fields, record, message) => {
    expect(() => readGatherRules(supergraph(fields, record), {})).toThrow(message);
  });
});
