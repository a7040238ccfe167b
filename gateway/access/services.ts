import { randomUUID, sign } from 'node:crypto';
import { ConfigError, resolveBeside } from '@caregraph/service/config.ts';
import type { Logger } from '@caregraph/service/log.ts';
import { openPrivateKeys, type PrivateKeys } from '@caregraph/service/private-keys.ts';
import { after } from '../after.ts';
import { auditPlaces } from '../audit/config.ts';
import { type AuditLog, type AuditLogOptions, openAuditLog } from '../audit/log.ts';
import type { GatewayConfig } from '../config.ts';
import type { Clock } from '../gather/patience.ts';
import type { GatherRules } from '../gather/rules.ts';
import { Breaker } from '../trusts/breaker.ts';
import type { Transport } from '../trusts/transport.ts';
import { ACCESS_SUBGRAPH, accessSubgraph } from './access-subgraph.ts';
import { followAgreements, readAgreements } from './agreement-files.ts';
import { type Agreements, recordTypesOf } from './agreements.ts';
import { createGlass, type Glass } from './glass.ts';
import { createOnwardSigner, type OnwardSigner } from './onward-token.ts';

/** What a gateway decides by, says who it is with, and puts on record with. */
export interface AccessServices {
  /** The agreements that are in force now. */
  readonly agreements: () => Agreements;
  readonly glass: Glass;
  /** Makes the tokens with which trusts and subgraphs are called. */
  readonly onward: OnwardSigner;
  /** The public parts of the keys that sign those tokens. */
  readonly keys: Pick<PrivateKeys, 'publicJwks'>;
  readonly audit: AuditLog;
}

/** What was opened, and stays open when the supergraph changes. */
export interface OpenAccessServices extends AccessServices {
  /**
   * Reads the agreements by the record types of another supergraph.
   *
   * @returns puts them in force.
   * @throws ConfigError that lists every mistake, such as a record type that it does not have.
   */
  readBy(rules: GatherRules): () => void;
  close(): Promise<void>;
}

/**
 * Opens what a configuration names.
 *
 * @throws ConfigError that says what is missing from the configuration, or cannot be read.
 */
export async function openAccessServices(
  config: GatewayConfig,
  {
    file,
    rules,
    transport,
    clock,
    log,
  }: {
    /** The configuration's own file. */
    readonly file: string;
    readonly rules: GatherRules;
    readonly transport: Transport;
    readonly clock: Clock;
    readonly log: Logger;
  },
): Promise<OpenAccessServices> {
  const { agreements: folder, onward: identity, audit: kept } = config;
  const access = config.subgraphs[ACCESS_SUBGRAPH];
  if (!folder || !identity || !kept || !access) {
    const missing = [
      !folder && 'agreements',
      !identity && 'onward',
      !kept && 'audit',
      !access && `subgraphs.${ACCESS_SUBGRAPH}`,
    ].filter(Boolean);
    throw new ConfigError(
      [`${file} is not a valid configuration:`, ...missing.map((key) => `  ${key}: is missing`)].join('\n'),
    );
  }
  const refused = (what: string) => (error: Error) =>
    log.error({ err: error }, `${what} were refused: the last good ones stay in use`);
  const agreementsFolder = resolveBeside(file, folder);
  let recordTypes = recordTypesOf(rules);
  const agreements = followAgreements({ folder: agreementsFolder, recordTypes: () => recordTypes, log });
  const keys = openPrivateKeys(resolveBeside(file, identity.keys), refused('the keys for onward calls'));
  const onward = createOnwardSigner({
    issuer: identity.issuer,
    key: keys.signing,
    now: () => clock.now(),
    newId: randomUUID,
  });
  const callAccess = accessSubgraph(access.url, transport, onward);
  const places = auditPlaces(file, kept);
  const auditKeys = openPrivateKeys(places.keys, refused('the keys of the audit'));
  const audit = await openAudit(file, {
    folder: places.folder,
    witness: places.witness,
    gateway: identity.issuer,
    signer: {
      get keyId() {
        return auditKeys.signing().kid;
      },
      sign: (bytes) => sign(null, bytes, auditKeys.signing().privateKey),
    },
    send: callAccess,
    clock,
    after,
    random: Math.random,
    newId: randomUUID,
    log,
  });
  return {
    agreements: () => agreements.current(),
    glass: createGlass(
      (body, signal) => callAccess('/glass', body, signal),
      new Breaker({
        clock,
        random: Math.random,
        // One call asks for everybody who waits, and each of them waits for it.
        inARow: 2,
        onOpen: () => log.warn('it cannot be found out who has broken the glass, and is not asked for a moment'),
        onClose: () => log.info('it is asked again who has broken the glass'),
      }),
    ),
    onward,
    keys,
    audit,
    readBy(others) {
      const next = recordTypesOf(others);
      readAgreements(agreementsFolder, next);
      return () => {
        recordTypes = next;
        agreements.check();
      };
    },
    async close() {
      agreements.close();
      await audit.close();
      keys.close();
      auditKeys.close();
    },
  };
}

/** Opens the audit; what keeps it from being opened is for whoever runs the gateway to put right. */
async function openAudit(file: string, options: AuditLogOptions): Promise<AuditLog> {
  try {
    return await openAuditLog(options);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`The audit that ${file} names cannot be opened. ${why}`, { cause: error });
  }
}
