import type { PrivateKeys } from '@caregraph/service/private-keys.ts';
import type { FastifyInstance } from 'fastify';

/** Where the gateway's public keys are (RFC 8615, RFC 7517). */
export const JWKS_PATH = '/.well-known/jwks.json';

/** Whoever keeps the keys for longer may refuse a gateway that has changed its key. */
const KEPT_SECONDS = 300;

/** Publishes the public keys with which those whom the gateway calls check its tokens. */
export function mountPublicKeys(app: FastifyInstance, keys: Pick<PrivateKeys, 'publicJwks'>): void {
  app.get(JWKS_PATH, (_request, reply) =>
    reply
      .header('cache-control', `public, max-age=${KEPT_SECONDS}`)
      .type('application/jwk-set+json')
      .send(JSON.stringify(keys.publicJwks())),
  );
}
