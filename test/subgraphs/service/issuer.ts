import { createServer, type RequestListener } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose';
import { listen } from '../../support/listen.ts';

/** A key pair of a test's issuer. */
export interface IssuerKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  /** The public part (RFC 7517). */
  readonly jwk: JWK;
}

export async function issuerKey(kid: string, alg = 'EdDSA'): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** The key set of these keys, as it stands at an address or in a file. */
export const keySetOf = (...keys: readonly IssuerKey[]): string => JSON.stringify({ keys: keys.map(({ jwk }) => jwk) });

/** A server with a key set, which does as it is told. */
export interface KeyServer extends AsyncDisposable {
  readonly url: string;
  /** How often it was asked. */
  asked: number;
  /** What it does when it is asked. */
  answer: RequestListener;
  /** Publishes these keys, and no others. */
  publish(...keys: readonly IssuerKey[]): void;
}

export async function startKeyServer(...keys: readonly IssuerKey[]): Promise<KeyServer> {
  const server = createServer((request, response) => {
    at.asked++;
    at.answer(request, response);
  });
  const { url, stop } = await listen(server);
  const at: KeyServer = {
    url: url.replace('/graphql', '/jwks.json'),
    asked: 0,
    answer: () => {},
    publish(...published) {
      at.answer = (_request, response) => response.end(keySetOf(...published));
    },
    [Symbol.asyncDispose]: stop,
  };
  at.publish(...keys);
  return at;
}
