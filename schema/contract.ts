import { readFileSync } from 'node:fs';

/** The subgraphs whose schema stands in this folder as `<name>.graphql`. */
export type ContractName = 'trust' | 'locator';

const FEDERATION = [
  '@composeDirective',
  '@external',
  '@inaccessible',
  '@key',
  '@provides',
  '@requires',
  '@shareable',
] as const;

const GATHER = ['@gather', '@gathered', '@is', '@lookup', '@manifest', '@stamp'] as const;

/** The identity of the directives in `directives.graphql`, as it stands in `@link` (Apollo core schema specification). */
export const GATHER_SPECIFICATION = 'https://caregraph.example/gather/v1.0';

const list = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

const HEADER = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${list(FEDERATION)}])
  @link(url: "${GATHER_SPECIFICATION}", import: [${list(GATHER)}])
${GATHER.map((name) => `  @composeDirective(name: "${name}")`).join('\n')}
`;

/** The text of a file of this folder, such as `operations/crisis.graphql`. */
export function schemaFile(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}

/** The whole schema of a subgraph, in the schema definition language of Apollo Federation 2, as the subgraph serves it. */
export function contract(name: ContractName): string {
  return [HEADER, schemaFile('directives.graphql'), schemaFile('scalars.graphql'), schemaFile(`${name}.graphql`)].join(
    '\n',
  );
}
