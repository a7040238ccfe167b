import { createHash } from 'node:crypto';
import type { CrisisPlan, NHSNumber } from '../../records.ts';
import type { Pointer } from '../../source.ts';
import { SUMMARY_RECORD } from './codes.ts';
import { element, type Resource, text } from './element.ts';
import { idOf } from './mapping.ts';
import { holdsAnybody } from './url.ts';

/** A pointer, or why none can be made of a record. */
export type PointerMade = { readonly pointer: Pointer } | { readonly unmapped: string };

/**
 * The pointers to what a FHIR server holds of a patient: one that says that there is a record at all (without it the
 * patient's alerts and care contacts would never be asked for), and one for each plan in force.
 */
export function pointersTo(
  subject: NHSNumber,
  patient: Resource,
  plans: readonly CrisisPlan[],
  publicBaseUrl: string,
): readonly PointerMade[] {
  const inForce = plans.filter(({ status }) => status === 'ACTIVE');
  return [
    pointerTo(subject, patient, SUMMARY_RECORD, idOf(patient), null, publicBaseUrl),
    ...inForce.map(({ id, type, lastUpdated }) =>
      pointerTo(subject, patient, type.code, id, lastUpdated, publicBaseUrl),
    ),
  ];
}

function pointerTo(
  subject: NHSNumber,
  patient: Resource,
  type: string,
  target: string,
  version: string | null,
  publicBaseUrl: string,
): PointerMade {
  const url = `${publicBaseUrl}/${target}`;
  if (holdsAnybody(url)) return { unmapped: 'an id that would put an NHS number into an address' };
  const meta = element(patient, 'meta');
  // The patient's version stands for the subject: the NHS number itself must not be found in the key.
  const patientVersion = meta && (text(meta, 'versionId') ?? text(meta, 'lastUpdated'));
  const key = createHash('sha256').update(JSON.stringify([type, url, version, idOf(patient), patientVersion]));
  return {
    pointer: {
      key: key.digest('hex'),
      subject,
      type,
      content: [{ url, contentType: 'application/fhir+json', format: 'urn:nhs-ic:structured', created: null }],
      practiceSetting: null,
      periodStart: null,
      periodEnd: null,
    },
  };
}
