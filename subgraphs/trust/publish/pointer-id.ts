import { createHash } from 'node:crypto';
import type { ODSCode } from '../records.ts';

/**
 * The id under which a custodian publishes a pointer (NRL): its ODS code, a hyphen, and a UUID made of the pointer's key
 * (RFC 9562 version 8, from SHA-256), so that the same key gives the same id on every machine and after every restart.
 *
 * @param life 0 for a pointer's first id. A pointer that was withdrawn cannot be published again under its id; should it
 * come back, as when a record is no longer restricted, it lives on under the next one.
 */
export function pointerId(custodian: ODSCode, key: string, life: number): string {
  const bytes = createHash('sha256')
    .update(JSON.stringify([custodian, key, life]))
    .digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return `${custodian}-${parts.join('-')}`;
}
