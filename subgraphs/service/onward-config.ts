import { z } from 'zod';
import { ConfigError, resolveBeside } from './config.ts';
import { type Guard, OPEN } from './guard.ts';
import { createKeySet, keySource } from './key-set.ts';
import type { Logger } from './log.ts';
import { createOnwardGuard, type OnwardCaller } from './onward.ts';

/** Which gateway may call: who it is and where its public keys stand; or `none`, on a developer's machine. */
export const gatewayConfig = z.union([
  z.strictObject({
    /** The `iss` of the gateway's tokens. */
    issuer: z.string().min(1),
    /** The gateway's public keys (RFC 7517): at its `/.well-known/jwks.json`, or in a file. */
    jwks: keySource,
  }),
  z.literal('none'),
]);

/** A guard that has keys to look after. */
export interface OpenedGuard {
  readonly guard: Guard<OnwardCaller | null>;
  close(): void;
}

/**
 * The guard that a configuration asks for.
 *
 * @param options.audience for whom tokens must be made: a trust's ODS code, or the name of a subgraph.
 * @param options.file the configuration's own file; a key file lies relative to its folder.
 * @param options.environment what `NODE_ENV` says.
 * @throws ConfigError for `none` anywhere but in development, and for a key file that cannot be read.
 */
export function openGuard(
  gateway: z.infer<typeof gatewayConfig>,
  options: {
    readonly audience: string;
    readonly file: string;
    readonly environment: string | undefined;
    readonly now: () => Date;
    readonly log: Logger;
  },
): OpenedGuard {
  const { audience, file, environment, now, log } = options;
  if (gateway === 'none') {
    if (environment !== 'development') {
      throw new ConfigError(
        `${file} says "gateway: none", which lets everybody in. That is for NODE_ENV=development alone: name the gateway's issuer and its jwks.`,
      );
    }
    log.warn('gateway: none. Everybody who can reach this server is answered, and nobody is asked who they are');
    return { guard: OPEN, close: () => {} };
  }
  const { issuer, jwks } = gateway;
  const keys = createKeySet('file' in jwks ? { file: resolveBeside(file, jwks.file) } : jwks, {
    onTrouble: (error) => log.error({ err: error }, "the gateway's keys cannot be read"),
  });
  return { guard: createOnwardGuard({ issuer, audience, keys, now }), close: keys.close };
}
