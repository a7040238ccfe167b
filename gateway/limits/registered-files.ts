import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { schemaFile } from '@caregraph/schema/contract.ts';
import { ConfigError, checkConfig } from '@caregraph/service/config.ts';
import type { Logger } from '@caregraph/service/log.ts';
import { contentFingerprint, type Reloading, reloading } from '@caregraph/service/reloading.ts';
import type { GraphQLSchema } from 'graphql';
import { hashOf, manifest, mistakesIn, type Registered, type RegisteredDocument, readDocument } from './registered.ts';

/**
 * Reads the registered documents, and follows their files: a manifest that can be read is in force within seconds, one that
 * cannot is logged with every mistake in it, and the last good documents stay.
 *
 * @param options.files manifests, beside `schema/operations`, which is always registered.
 * @param options.schema the schema that clients see now.
 * @throws ConfigError as `readRegistered` does, when there are none to begin with.
 */
export function followRegistered(options: {
  readonly files: readonly string[];
  readonly schema: () => GraphQLSchema;
  readonly log: Logger;
}): Reloading<Registered> {
  const { files, schema, log } = options;
  const numbers = new WeakMap<GraphQLSchema, number>();
  let schemas = 0;
  /** A number that is another one for another schema. */
  const numberOf = (of: GraphQLSchema): number => {
    const number = numbers.get(of) ?? ++schemas;
    numbers.set(of, number);
    return number;
  };
  return reloading({
    fingerprint: () => `${numberOf(schema())} ${contentFingerprint(files)}`,
    read: () => readRegistered(files, schema()),
    onReplaced: ({ size }) => log.info({ documents: size }, 'the registered documents were replaced'),
    onRefused: ({ message }) =>
      log.error(
        { mistakes: message.split('\n') },
        'a manifest of documents was refused: the last good ones stay registered',
      ),
  });
}

/**
 * Reads the registered documents: those of `schema/operations` that the schema can answer (all of them, where it is
 * Caregraph's own), and those of manifests.
 *
 * @throws ConfigError that lists every mistake in every manifest, each with its file and operation.
 */
export function readRegistered(files: readonly string[], schema: GraphQLSchema): Registered {
  const registered = new Map<string, RegisteredDocument>();
  for (const document of ownDocuments()) {
    if ('document' in readDocument(document.text, schema)) registered.set(hashOf(document.text), document);
  }
  const wrong: string[] = [];
  for (const file of files) {
    try {
      const read = checkConfig(file, readJSON(file), manifest);
      const mistakes = mistakesIn(read, schema);
      wrong.push(...mistakes.map((mistake) => `${file}: ${mistake}`));
      for (const { id, name, body } of read.operations) registered.set(id, { name, text: body });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      wrong.push(error.message);
    }
  }
  if (wrong.length > 0) throw new ConfigError(wrong.join('\n'));
  return registered;
}

/** The folder of Caregraph's own ready operations. */
export const OWN_OPERATIONS = fileURLToPath(import.meta.resolve('@caregraph/schema/operations/crisis.graphql')).replace(
  /crisis\.graphql$/,
  '',
);

function ownDocuments(): readonly RegisteredDocument[] {
  const names = readdirSync(OWN_OPERATIONS).filter((name) => name.endsWith('.graphql'));
  return names.sort().map((name) => ({ name, text: schemaFile(`operations/${name}`) }));
}

function readJSON(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new ConfigError(`The manifest of documents ${file} cannot be read.`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new ConfigError(
      `${file} is not JSON. It must be a persisted query manifest, as Apollo's generators write it.`,
    );
  }
}
