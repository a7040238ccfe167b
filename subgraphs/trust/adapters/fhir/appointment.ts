import type { AttendStatus, CareContact } from '../../records.ts';
import { PLANNED_APPOINTMENTS } from './codes.ts';
import { concepts, inWords, oneConcept } from './datatypes.ts';
import { type Element, element, elements, type Resource, text } from './element.ts';
import { idOf, lastUpdated, type MappingContext, mapper, nameBehind, nameless, unmapped } from './mapping.ts';
import { momentFrom, momentUntil } from './time.ts';

/** Appointments that somebody has agreed to; those proposed or waiting are no meetings yet, those in error never were. */
const AGREED: ReadonlySet<string> = new Set([
  'pending',
  'booked',
  'arrived',
  'checked-in',
  'fulfilled',
  'cancelled',
  'noshow',
]);
const NO_MEETING: ReadonlySet<string> = new Set(['proposed', 'waitlist', 'entered-in-error']);

/** FHIR R4 Appointment → care contact. */
export const mapAppointment = mapper<CareContact>((appointment, context) => {
  const status = text(appointment, 'status') ?? '';
  if (NO_MEETING.has(status)) return [];
  if (!AGREED.has(status)) return unmapped('no status');
  const start = momentFrom(appointment, 'start');
  if (start === null) return unmapped('no start');
  const updated = lastUpdated(appointment, 'created');
  if (updated === null) return unmapped('no date of change');
  const type = oneConcept(appointment, 'appointmentType')?.codings ?? [];
  return [
    {
      record: {
        id: idOf(appointment),
        lastUpdated: updated,
        start,
        end: momentUntil(appointment, 'end'),
        attendStatus: attendStatus(appointment, status),
        planned: type.flatMap(({ code }) => PLANNED_APPOINTMENTS.get(code) ?? [])[0] ?? null,
        consultationMechanism: null,
        team: null,
        place: place(appointment, context),
        reason: inWords(concepts(appointment, 'reasonCode')) ?? text(appointment, 'description'),
        outcome: status === 'cancelled' ? 'Cancelled' : null,
      },
    },
  ];
});

/** What to look up to map an appointment. */
export const followAppointment = (appointment: Resource): readonly Element[] => nameless(locations(appointment));

/**
 * That somebody was seen, FHIR can say; that they came on time, which MHSDS asks, it cannot. Who has `arrived` or is
 * `checked-in` waits, and may yet leave without having been seen.
 */
function attendStatus(appointment: Resource, status: string): AttendStatus | null {
  if (status === 'fulfilled') return 'ATTENDED';
  if (status === 'noshow') return 'DID_NOT_ATTEND';
  if (status !== 'cancelled') return null;
  const reasons = oneConcept(appointment, 'cancelationReason')?.codings ?? [];
  const code = reasons.find(
    ({ system }) => system === 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason',
  )?.code;
  if (code && /^pat(-|$)/.test(code)) return 'CANCELLED_BY_PATIENT';
  return code && /^prov(-|$)/.test(code) ? 'CANCELLED_BY_PROVIDER' : null;
}

const locations = (appointment: Resource): readonly Element[] =>
  elements(appointment, 'participant').flatMap((participant) => {
    const actor = element(participant, 'actor');
    return actor && /(^|\/)Location\//.test(text(actor, 'reference') ?? '') ? [actor] : [];
  });

function place(appointment: Resource, context: MappingContext): string | null {
  const names = new Set(locations(appointment).flatMap((each) => nameBehind(each, appointment, context) ?? []));
  return names.size === 0 ? null : [...names].join('; ');
}
