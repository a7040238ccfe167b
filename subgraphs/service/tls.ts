import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { z } from 'zod';
import { ConfigError, resolveBeside } from './config.ts';

const file = z.string().min(1);

/** How a server shows who it is, and whom it lets connect: PEM files, relative to the configuration's folder. */
export const serverTlsConfig = z.strictObject({
  /** The server's certificate, and those that lead from it to its authority. */
  certificate: file,
  key: file,
  /** The authority of the certificates that clients must show; anybody may connect when left out. */
  clientCa: file.optional(),
});

/** How a client shows who it is, and which servers it believes: PEM files, relative to the configuration's folder. */
export const clientTlsConfig = z.strictObject({
  /** The client's certificate, and those that lead from it to its authority. */
  certificate: file,
  key: file,
  /** The authority of the servers' certificates; those that Node knows when left out. */
  ca: file.optional(),
});

/** What those files hold: certificates and a private key in PEM (RFC 7468). */
export interface Tls {
  readonly cert: string;
  readonly key: string;
  /** The authority of the certificates that the other side shows. */
  readonly ca: string | undefined;
}

/** @throws ConfigError when a file cannot be read, or does not hold what it should. */
export const readServerTls = (
  configuration: string,
  { certificate, key, clientCa }: z.infer<typeof serverTlsConfig>,
): Tls => readTls(configuration, certificate, key, clientCa);

/** @throws ConfigError when a file cannot be read, or does not hold what it should. */
export const readClientTls = (configuration: string, { certificate, key, ca }: z.infer<typeof clientTlsConfig>): Tls =>
  readTls(configuration, certificate, key, ca);

function readTls(configuration: string, certificate: string, key: string, authority: string | undefined): Tls {
  const read = (path: string): string => {
    const pem = resolveBeside(configuration, path);
    try {
      return readFileSync(pem, 'utf8');
    } catch (error) {
      throw new ConfigError(`The file ${pem}, which ${configuration} names under "tls", cannot be read.`, {
        cause: error,
      });
    }
  };
  const tls = {
    cert: read(certificate),
    key: read(key),
    ca: authority === undefined ? undefined : read(authority),
  };
  try {
    createSecureContext(tls);
  } catch (error) {
    throw new ConfigError(
      `The files that ${configuration} names under "tls" are not a certificate and its key in PEM.`,
      {
        cause: error,
      },
    );
  }
  return tls;
}
