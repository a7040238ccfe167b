import { generateKeyPairSync } from 'node:crypto';
import { ONWARD_LIFETIME } from '@caregraph/service/onward.ts';
import type { Audit } from './audits.ts';
import { type Alteration, type AuditingGateway, tokenFor } from './tokens.ts';
import { Broken, NotShown, send, type TrustUnderAudit } from './trust-under-audit.ts';

/** Whom a trust must turn away: everybody but the gateway, with a token made for this call. */
export const REFUSALS: readonly Audit[] = [
  refusal('CG40', 'a request without a token', () => undefined),
  altered('CG41', 'a token that was made for another trust', () => ({ claims: { aud: 'ANOTHER' } })),
  refusal('CG42', 'a token that was made for another body', (gateway) => tokenFor(gateway, `${QUESTION} `)),
  {
    id: 'CG43',
    name: 'MUST refuse a token that was used already',
    async check(trust) {
      const token = tokenFor(gatewayOf(trust), QUESTION);
      const first = await send(trust, QUESTION, token);
      if (first.status !== 200) throw new Broken(`Even its first use is answered with status ${first.status}.`);
      await refuse(trust, token);
    },
  },
  altered('CG44', 'a token that has expired', ({ now }) => {
    const iat = Math.floor(now().getTime() / 1_000) - 3 * ONWARD_LIFETIME;
    return { claims: { iat, exp: iat + ONWARD_LIFETIME } };
  }),
  refusal('CG45', 'a token that is not signed', (gateway) =>
    tokenFor(gateway, QUESTION, { header: { alg: 'none' }, key: null }),
  ),
  altered('CG46', "a token that is signed with another key than the gateway's", () => ({
    key: generateKeyPairSync('ed25519').privateKey,
  })),
  altered('CG47', 'a token of another type', () => ({ header: { typ: 'JWT' } })),
  altered('CG48', 'a token of another gateway', () => ({ claims: { iss: 'urn:caregraph:another' } })),
  altered('CG49', `a token that would be good for more than ${ONWARD_LIFETIME} seconds`, ({ now }) => {
    const iat = Math.floor(now().getTime() / 1_000);
    return { claims: { iat, exp: iat + 10 * ONWARD_LIFETIME } };
  }),
];

const QUESTION = JSON.stringify({ query: '{ _service { sdl } }' });

function refusal(id: string, what: string, token: (gateway: AuditingGateway) => string | undefined): Audit {
  return {
    id,
    name: `MUST refuse ${what}`,
    check: (trust) => refuse(trust, token(gatewayOf(trust))),
  };
}

function altered(id: string, what: string, alteration: (gateway: AuditingGateway) => Alteration): Audit {
  return refusal(id, what, (gateway) => tokenFor(gateway, QUESTION, alteration(gateway)));
}

/** Holds a trust to refusing a request with HTTP status 401 (RFC 9110). */
async function refuse(trust: TrustUnderAudit, token: string | undefined): Promise<void> {
  const { status } = await send(trust, QUESTION, token);
  if (status !== 401) throw new Broken(`It is answered with status ${status}, and not with 401.`);
}

function gatewayOf({ gateway }: TrustUnderAudit): AuditingGateway {
  if (!gateway) throw new NotShown('The check was given no keys, with which it could make tokens.');
  return gateway;
}
