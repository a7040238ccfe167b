import { readFile } from 'node:fs/promises';
import { parseODSCode } from '@caregraph/schema/scalars.ts';
import { ConfigError, resolveBeside } from '@caregraph/service/config.ts';
import { gatewayConfig } from '@caregraph/service/onward-config.ts';
import { serverTlsConfig } from '@caregraph/service/tls.ts';
import { z } from 'zod';
import { fhirSourceConfig } from './adapters/fhir/fhir-source.ts';
import type { SqlDatabaseOptions } from './adapters/sql/database.ts';

const odsCode = z.string().transform((text, context) => {
  try {
    return parseODSCode(text);
  } catch (error) {
    context.addIssue(error instanceof Error ? error.message : 'This is not an ODS code.');
    return z.NEVER;
  }
});

const sqlSourceConfig = z.strictObject({
  kind: z.literal('sql'),
  /** A PostgreSQL server, as whom to read it too. The environment variable `DATABASE_URL` goes before it. */
  url: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  /** The folder of an embedded database, instead of a server. */
  dataDir: z.string().min(1).optional(),
});

const tokenConfig = z.union([z.strictObject({ file: z.string().min(1) }), z.strictObject({ env: z.string().min(1) })]);

/** The configuration file of a trust. */
export const trustConfig = z.strictObject({
  organisation: z.strictObject({ odsCode, name: z.string().min(1) }),
  host: z.string().min(1).default('127.0.0.1'),
  /** 0 for any free port. */
  port: z.int().min(0).max(65_535).default(4201),
  /** The gateway that is answered; nobody else is. */
  gateway: gatewayConfig,
  /** For `https`; plain `http` when left out. */
  tls: serverTlsConfig.optional(),
  source: z.discriminatedUnion('kind', [sqlSourceConfig, fhirSourceConfig.extend({ kind: z.literal('fhir') })]),
  /** Where to publish pointers; none are published when left out. */
  locator: z
    .strictObject({
      /** The locator's GraphQL endpoint. */
      url: z.url({ protocol: /^https?$/ }),
      /** The bearer token to show to it: in a file, which is read anew for each call, or in an environment variable. */
      token: tokenConfig,
      /** How often to look for what has changed, in milliseconds. */
      refreshMs: z.int().min(1_000).default(60_000),
    })
    .optional(),
});

export type SqlSourceConfig = z.output<typeof sqlSourceConfig>;
export type TokenConfig = z.output<typeof tokenConfig>;

/**
 * Which database a configuration names.
 *
 * @throws ConfigError when it names none, or more than one.
 */
export function databaseOf(
  { url, dataDir }: SqlSourceConfig,
  file: string,
  databaseUrl: string | undefined,
): SqlDatabaseOptions {
  if (databaseUrl) return { url: databaseUrl };
  if (url && !dataDir) return { url };
  if (dataDir && !url) return { dataDir: resolveBeside(file, dataDir) };
  throw new ConfigError(`${file} is not a valid configuration:\n  source: name either "url" or "dataDir".`);
}

/** How to get a token that a configuration names. Rejects when it is not there. */
export function tokenOf(token: TokenConfig, file: string, env: NodeJS.ProcessEnv): () => Promise<string> {
  return async () => {
    const text = 'file' in token ? await readFile(resolveBeside(file, token.file), 'utf8') : env[token.env];
    if (!text?.trim()) throw new Error('There is no token where the configuration says.');
    return text.trim();
  };
}
