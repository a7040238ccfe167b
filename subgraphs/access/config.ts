import { databaseConfig } from '@caregraph/service/database.ts';
import { keySource } from '@caregraph/service/key-set.ts';
import { serverTlsConfig } from '@caregraph/service/tls.ts';
import { z } from 'zod';

/** An address to which a secret may be sent: `https`, or `http` on this machine itself. */
const trustworthyUrl = z.url({ protocol: /^https?$/ }).refine((address) => {
  const { protocol, hostname, username, password } = new URL(address);
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return (protocol === 'https:' || local) && username === '' && password === '';
}, 'must be an https address, or an http address of this machine itself, without a user name or a password');

/** The configuration file of the access subgraph. */
export const accessConfig = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  /** 0 for any free port. */
  port: z.int().min(0).max(65_535).default(4101),
  database: databaseConfig,
  /** The gateway that may call: the `iss` of its tokens, and its public keys. */
  gateway: z.strictObject({ issuer: z.string().min(1), jwks: keySource }),
  /** For `https`; plain `http` when left out. */
  tls: serverTlsConfig.optional(),
  /** How long broken glass gives access, in minutes: up to a day. */
  glassMinutes: z.int().min(1).max(1_440).default(60),
  /** Where privacy officers are told of broken glass; the log when left out. */
  notify: z
    .strictObject({
      url: trustworthyUrl,
      /** A file with the bearer token to send, relative to this one's folder. */
      token: z.string().min(1).optional(),
    })
    .optional(),
});

export type AccessConfig = z.infer<typeof accessConfig>;
