import { resolveBeside } from '@caregraph/service/config.ts';
import { z } from 'zod';

/** The part of a gateway's configuration that says where the audit is kept. */
export const auditConfig = z.strictObject({
  /** The folder of the journal. */
  folder: z.string().min(1),
  /** The file of the witness; beside the folder when left out. */
  witness: z.string().min(1).optional(),
  /** The file of the keys that sign: a private JSON Web Key Set (RFC 7517) of Ed25519 keys. */
  keys: z.string().min(1),
});

export type AuditConfig = z.infer<typeof auditConfig>;

/** Where the audit of a gateway is kept, with every path in full. */
export interface AuditPlaces {
  readonly folder: string;
  readonly witness: string;
  readonly keys: string;
}

/** @param file the configuration file, to which the paths in it are relative. */
export function auditPlaces(file: string, config: AuditConfig): AuditPlaces {
  const folder = resolveBeside(file, config.folder);
  const witness = config.witness === undefined ? `${folder}-witness.json` : resolveBeside(file, config.witness);
  return { folder, witness, keys: resolveBeside(file, config.keys) };
}
