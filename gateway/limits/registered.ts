import { createHash } from 'node:crypto';
import { type DocumentNode, type GraphQLSchema, Kind, OperationTypeNode, parse, validate } from 'graphql';
import { z } from 'zod';
import { refusalOfDocument, tooMuch } from './refusal.ts';
import { excessOfText } from './text.ts';

/** A document that may run wherever only registered documents do. */
export interface RegisteredDocument {
  readonly name: string;
  readonly text: string;
}

/** Registered documents, by the SHA-256 of their text in hexadecimal digits. */
export type Registered = ReadonlyMap<string, RegisteredDocument>;

/** The SHA-256 of a document's text, as UTF-8, in small hexadecimal digits. */
export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Apollo's persisted query manifest, as its generators write it. */
export const manifest = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(
    z.object({ id: z.string(), name: z.string(), type: z.enum(OperationTypeNode), body: z.string() }),
  ),
});

export type Manifest = z.infer<typeof manifest>;

/** What is wrong with the operations of a manifest, a line for each mistake; none when it may be registered. */
export function mistakesIn({ operations }: Manifest, schema: GraphQLSchema): readonly string[] {
  return operations.flatMap(({ id, name, type, body }, i) => {
    const wrong: string[] = [];
    if (id !== hashOf(body)) wrong.push('its "id" must be the SHA-256 of its "body", in small hexadecimal digits');
    const read = readDocument(body, schema);
    if ('mistakes' in read) wrong.push(...read.mistakes);
    else if (!holds(read.document, name, type)) wrong.push(`its "body" must hold a ${type} of that name`);
    return wrong.map((mistake) => `operation ${i + 1}, "${name}": ${mistake}`);
  });
}

/** A document that may be registered, or what is wrong with it. */
export function readDocument(
  text: string,
  schema: GraphQLSchema,
): { readonly document: DocumentNode } | { readonly mistakes: readonly string[] } {
  const tooLong = excessOfText(text);
  if (tooLong) return { mistakes: [tooMuch(tooLong).message] };
  try {
    const document = parse(text);
    const refusal = refusalOfDocument(document);
    if (refusal) return { mistakes: [refusal.message] };
    const errors = validate(schema, document);
    return errors.length > 0 ? { mistakes: errors.map(({ message }) => message) } : { document };
  } catch (error) {
    return { mistakes: [error instanceof Error ? error.message : String(error)] };
  }
}

const holds = ({ definitions }: DocumentNode, name: string, type: OperationTypeNode): boolean =>
  definitions.some(
    (definition) =>
      definition.kind === Kind.OPERATION_DEFINITION && definition.operation === type && definition.name?.value === name,
  );

/**
 * A manifest of documents, each of which must hold one operation with a name, and the fragments that it spreads.
 *
 * @throws when one does not, or two operations have one name, saying which.
 */
export function manifestOf(documents: readonly { readonly file: string; readonly text: string }[]): Manifest {
  const operations = documents.map(({ file, text }) => {
    const found = parse(text).definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
    const [operation, another] = found;
    if (!operation?.name || another) throw new Error(`${file} must hold one operation, and it must have a name.`);
    return { id: hashOf(text), name: operation.name.value, type: operation.operation, body: text };
  });
  const names = operations.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`Two operations are called "${twice}": each must have a name of its own.`);
  return { format: 'apollo-persisted-query-manifest', version: 1, operations };
}
