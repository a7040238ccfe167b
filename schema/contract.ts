import { readFileSync } from 'node:fs';
import { parse, print } from 'graphql';
import { requireExternal } from './required.ts';

/** The subgraphs whose schema stands in this folder as `<name>.graphql`. */
export type ContractName = 'trust' | 'locator' | 'access' | 'early-warning';

const FEDERATION = [
  '@composeDirective',
  '@external',
  '@inaccessible',
  '@key',
  '@provides',
  '@requires',
  '@shareable',
] as const;

const GATHER = ['@gather', '@gathered', '@is', '@lookup', '@manifest', '@sort', '@stamp'] as const;

const ALLOW = ['@allow'] as const;

/** The identity of the directives in `directives.graphql`, as it stands in `@link` (Apollo core schema specification). */
export const GATHER_SPECIFICATION = 'https://caregraph.example/gather/v1.0';

/** The same of those in `allow.graphql`. */
export const ACCESS_SPECIFICATION = 'https://caregraph.example/access/v1.0';

const list = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

const HEADER = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${list(FEDERATION)}])
  @link(url: "${GATHER_SPECIFICATION}", import: [${list(GATHER)}])
  @link(url: "${ACCESS_SPECIFICATION}", import: [${list(ALLOW)}])
${[...GATHER, ...ALLOW].map((name) => `  @composeDirective(name: "${name}")`).join('\n')}
`;

/** The text of a file of this folder, such as `operations/crisis.graphql`. */
export function schemaFile(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}

/** What stands in a subgraph's schema beside its own file. */
const SHARED: Readonly<Record<ContractName, readonly string[]>> = {
  trust: ['plan-status.graphql', 'attend-status.graphql'],
  locator: [],
  access: ['source-status.graphql'],
  'early-warning': ['plan-status.graphql', 'attend-status.graphql', 'source-status.graphql'],
};

/** The whole schema of a subgraph, in the schema definition language of Apollo Federation 2, as the subgraph serves it. */
export function contract(name: ContractName): string {
  const files = ['directives.graphql', 'allow.graphql', 'scalars.graphql', ...SHARED[name], `${name}.graphql`];
  const source = [HEADER, ...files.map(schemaFile)].join('\n');
  return name === 'early-warning' ? print(requireExternal(parse(source, { noLocation: true }))) : source;
}
