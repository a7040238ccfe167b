import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { composeServices } from '@apollo/composition';
import { type DocumentNode, type FieldDefinitionNode, Kind, parse, visit } from 'graphql';
import { contract, schemaFile } from './contract.ts';
import { requires } from './required.ts';

/** The name of the gathered subgraph in the supergraph. */
export const GATHERED_SUBGRAPH = 'trusts';

/** It has no server of its own; Apollo Gateway wants an address all the same, so this one leads nowhere. */
const GATHERED_URL = `gathered:${GATHERED_SUBGRAPH}`;

const LOCATOR_URL = 'http://127.0.0.1:4100/graphql';
const ACCESS_URL = 'http://127.0.0.1:4101/graphql';
const EARLY_WARNING_URL = 'http://127.0.0.1:4102/graphql';

/**
 * The contract as the gathered subgraph: what the gateway adds to the patient stands in it, and each gathered field and
 * each field of the manifest requires the field that says which custodians to ask, so that the planner fetches it first.
 */
export function gatheredSubgraph(): DocumentNode {
  const document = parse(
    [contract('trust'), ...['source-status.graphql', 'patient.graphql'].map((name) => schemaFile(name))].join('\n'),
  );
  const routing = new Map<string, string>();
  visit(document, {
    ObjectTypeDefinition(type) {
      const gathered = type.directives?.find(({ name }) => name.value === 'gathered');
      const by = gathered?.arguments?.find(({ name }) => name.value === 'by')?.value;
      if (by?.kind === Kind.STRING) routing.set(type.name.value, by.value);
    },
  });
  return visit(document, {
    ObjectTypeDefinition(type) {
      const by = routing.get(type.name.value);
      if (!by) return undefined;
      return { ...type, fields: [...(type.fields ?? []).map(routed(by)), field(`${by}: [ODSCode!] @external`)] };
    },
    ObjectTypeExtension(type) {
      const by = routing.get(type.name.value);
      return by ? { ...type, fields: (type.fields ?? []).map(routed(by)) } : undefined;
    },
  });
}

/** The fields that wait for the routing field before they can be asked. */
const ROUTED = new Set(['gather', 'manifest']);

const routed =
  (by: string) =>
  (node: FieldDefinitionNode): FieldDefinitionNode =>
    node.directives?.some(({ name }) => ROUTED.has(name.value))
      ? { ...node, directives: [...node.directives, requires(by)] }
      : node;

function field(source: string): FieldDefinitionNode {
  const [type] = parse(`type T { ${source} }`, { noLocation: true }).definitions;
  const only = type?.kind === Kind.OBJECT_TYPE_DEFINITION ? type.fields?.[0] : undefined;
  if (!only) throw new Error(`${source} is not a field`);
  return only;
}

/**
 * Composes the contract and the ordinary subgraphs into the supergraph.
 *
 * @throws with every message of the composition when they do not compose.
 */
export function compose(): string {
  const result = composeServices([
    { name: 'locator', url: LOCATOR_URL, typeDefs: parse(contract('locator')) },
    { name: 'access', url: ACCESS_URL, typeDefs: parse(contract('access')) },
    { name: 'early-warning', url: EARLY_WARNING_URL, typeDefs: parse(contract('early-warning')) },
    { name: GATHERED_SUBGRAPH, url: GATHERED_URL, typeDefs: gatheredSubgraph() },
  ]);
  if (result.errors) throw new Error(result.errors.map(({ message }) => message).join('\n\n'));
  return `${result.supergraphSdl}\n`;
}

if (import.meta.main) {
  const file = new URL('supergraph.graphql', import.meta.url);
  writeFileSync(file, compose());
  process.stdout.write(`Wrote ${fileURLToPath(file)}\n`);
}
