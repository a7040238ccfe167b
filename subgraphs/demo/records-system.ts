import { readFileSync } from 'node:fs';
import type {
  AdministrativeGender,
  AlertStatus,
  AttendStatus,
  Coding,
  CrisisPlan,
  ODSCode,
  PatientAgreement,
  PlanStatus,
} from '@caregraph/trust/records.ts';
import type { PGlite } from '@electric-sql/pglite';
import type { PatientRecords } from './population/patient-records.ts';

/** Whose records system it is. */
export interface RecordsSystemOwner {
  readonly odsCode: ODSCode;
  readonly name: string;
}

/** Makes the tables of a records system, and the views over them for the trust kit, in an empty database. */
export async function createRecordsSystem(database: PGlite): Promise<void> {
  await database.exec(readFileSync(new URL('records-system.sql', import.meta.url), 'utf8'));
}

/**
 * What is to be filled into a trust's empty records system: a line for each table, with its name, a space, and its rows as
 * JSON; a row's keys are the names of its columns.
 */
export function recordsSystemContent(
  { odsCode, name }: RecordsSystemOwner,
  patients: readonly PatientRecords[],
): string {
  return Object.entries({ trust: [{ ods_code: odsCode, name }], ...rowsOf(patients) })
    .map(([table, rows]) => `${table} ${JSON.stringify(rows)}`)
    .join('\n');
}

/** Fills an empty records system (`recordsSystemContent`). All or nothing. */
export async function fillRecordsSystem(database: PGlite, content: string): Promise<void> {
  await database.transaction(async (transaction) => {
    // What is made up here refers to what is there; to have each reference checked would take longer than all the rest.
    await transaction.exec('set local session_replication_role = replica');
    for (const line of content.split('\n')) {
      const end = line.indexOf(' ');
      const table = `epr.${line.slice(0, end)}`;
      await transaction.query(
        `insert into ${table} select * from jsonb_populate_recordset(null::${table}, $1::jsonb)`,
        [line.slice(end + 1)],
      );
    }
  });
}

const PLAN_STATE: Readonly<Record<PlanStatus, string>> = {
  DRAFT: 'D',
  ACTIVE: 'A',
  ON_HOLD: 'H',
  REVOKED: 'W',
  COMPLETED: 'C',
  ENTERED_IN_ERROR: 'X',
  UNKNOWN: 'U',
};

const AGREED: Readonly<Record<PatientAgreement, string>> = {
  AGREES: 'Y',
  AGREES_IN_PART: 'P',
  DISAGREES: 'N',
  NOT_RECORDED: '?',
};

const ALERT_STATE: Readonly<Record<AlertStatus, string>> = { ACTIVE: 'A', INACTIVE: 'C', ENTERED_IN_ERROR: 'X' };

/** MHSDS ATTENDANCE STATUS, and the system's own S: seen, and nobody has recorded whether on time. */
const ATTENDANCE: Readonly<Record<AttendStatus, string>> = {
  ATTENDED_ON_TIME: '5',
  ATTENDED_LATE: '6',
  ATTENDED: 'S',
  LATE_NOT_SEEN: '7',
  CANCELLED_BY_PATIENT: '2',
  DID_NOT_ATTEND: '3',
  CANCELLED_BY_PROVIDER: '4',
};

const SEX: Readonly<Record<AdministrativeGender, string>> = { FEMALE: 'F', MALE: 'M', OTHER: 'X', UNKNOWN: 'U' };

/** A plan's lists, by the heading under which the system keeps their lines. */
const HEADINGS = {
  signs: 'earlyWarningSigns',
  triggers: 'possibleTriggers',
  coping: 'copingStrategies',
  helps: 'whatHelps',
  harms: 'whatDoesNotHelp',
  support: 'supportToPreventAdmission',
  dependants: 'dependants',
  pets: 'pets',
  practical: 'practicalNeeds',
  statements: 'advanceStatements',
  decisions: 'advanceDecisions',
} as const satisfies Record<string, keyof CrisisPlan>;

/** The rows of every table, in an order in which each finds what it refers to. */
function rowsOf(patients: readonly PatientRecords[]): Readonly<Record<string, readonly object[]>> {
  const codes = new Map<string, object>();
  const code = (list: string, coding: Coding | null | undefined): string | null => {
    if (!coding) return null;
    codes.set(`${list}/${coding.code}`, { list, code: coding.code, system: coding.system, name: coding.display });
    return coding.code;
  };
  const all = patients.map((records, i) => ({ ...records, patient_id: i + 1 }));
  const held = <T extends { readonly id: string }>(list: (records: PatientRecords) => readonly T[]) =>
    all.flatMap((records) =>
      list(records).map((record) => ({
        record,
        common: { patient_id: records.patient_id, restricted: records.restrictedRecords.has(record.id) },
      })),
    );
  const plans = held(({ crisisPlans }) => crisisPlans);
  const spells = held(({ hospitalSpells }) => hospitalSpells);
  const referred = held(({ referrals }) => referrals);

  const rows = {
    patient: all.map(({ patient_id, nhsNumber, restricted, demographics: d }) => ({
      patient_id,
      record_no: d.id,
      nhs_no: nhsNumber,
      title: d.name?.prefix,
      forenames: d.name?.given ?? [],
      surname: d.name?.family,
      known_as: d.name?.text ?? 'Not known',
      born: d.birthDate,
      sex: d.gender && SEX[d.gender],
      dead: d.deceased,
      died: d.deceasedDate,
      address_lines: d.address?.lines,
      town: d.address?.city,
      postcode: d.address?.postalCode,
      phones: d.telecoms,
      language: d.language,
      interpreter: d.interpreterNeeded,
      surgery: d.generalPractice,
      changed_at: d.lastUpdated,
      restricted,
    })),
    care_plan: plans.map(({ record, common }) => ({
      ...common,
      plan_no: record.id,
      state: PLAN_STATE[record.status],
      type_code: code('plan type', record.type),
      title: record.title,
      taken_to: record.whereToBeTaken,
      preferred_unit: record.preferredPlaceOfAdmission,
      family: record.familyInvolvement,
      round_the_clock: record.access24Hour,
      agreed: AGREED[record.patientAgreement],
      author_name: record.author?.name,
      author_job: record.author?.jobTitle,
      author_employer: record.author?.organisation,
      written_at: record.created,
      review_by: record.reviewDue,
      changed_at: record.lastUpdated,
    })),
    care_plan_line: plans.flatMap(({ record }) =>
      Object.entries(HEADINGS).flatMap(([heading, field]) =>
        (record[field] ?? []).map((wording, position) => ({ plan_no: record.id, heading, position, wording })),
      ),
    ),
    care_plan_person: plans.flatMap(({ record }) =>
      (record.namedContacts ?? []).map(({ name, role, telecoms }, position) => ({
        plan_no: record.id,
        position,
        name,
        role,
        phones: telecoms,
      })),
    ),
    care_plan_file: plans.flatMap(({ record }) =>
      record.documents.map((document, position) => ({
        plan_no: record.id,
        position,
        title: document.title,
        media_type: document.contentType,
        url: document.url,
        format: document.format,
        made_at: document.created,
        wording: document.text,
      })),
    ),
    paper_plan: held(({ paperPlans }) => paperPlans).map(({ record, common }) => ({
      ...common,
      plan_no: record.id,
      type_code: code('plan type', record.type),
      changed_at: record.lastUpdated,
    })),
    contact: held(({ contacts }) => contacts).map(({ record, common }) => ({
      ...common,
      contact_no: record.id,
      kind: record.kind,
      rank: record.priority,
      name: record.name,
      role: record.role,
      team_name: record.team?.name,
      team_type: code('team type', record.team?.type),
      phones: record.telecoms,
      hours: record.hours,
      gaps: record.gaps,
      out_of_hours: record.outOfHours,
      changed_at: record.lastUpdated,
    })),
    alert: held(({ alerts }) => alerts).map(({ record, common }) => ({
      ...common,
      alert_no: record.id,
      state: ALERT_STATE[record.status],
      category: record.category,
      alert_code: code('alert', record.code),
      wording: record.text,
      urgency: record.priority,
      from_at: record.start,
      until_at: record.end,
      author_name: record.author?.name,
      author_job: record.author?.jobTitle,
      author_employer: record.author?.organisation,
      changed_at: record.lastUpdated,
    })),
    appointment: held(({ careContacts }) => careContacts).map(({ record, common }) => ({
      ...common,
      appointment_no: record.id,
      start_at: record.start,
      end_at: record.end,
      attendance: record.attendStatus && ATTENDANCE[record.attendStatus],
      planned: record.planned,
      mechanism: code('mechanism', record.consultationMechanism),
      team_name: record.team?.name,
      team_type: code('team type', record.team?.type),
      place: record.place,
      reason: record.reason,
      notes: record.outcome,
      changed_at: record.lastUpdated,
    })),
    spell: spells.map(({ record, common }) => ({
      ...common,
      spell_no: record.id,
      admitted_at: record.start,
      discharged_at: record.end,
      hospital: record.hospital,
      ward: record.ward,
      bed_class: code('bed class', record.bedClass),
      admission: code('admission', record.admissionMethod),
      discharge: code('discharge', record.dischargeMethod),
      destination: code('destination', record.dischargeDestination),
      changed_at: record.lastUpdated,
    })),
    absence: spells.flatMap(({ record }) =>
      record.absences.map(({ start, end }) => ({ spell_no: record.id, left_at: start, back_at: end })),
    ),
    mha_period: held(({ legalStatuses }) => legalStatuses).map(({ record, common }) => ({
      ...common,
      period_no: record.id,
      status_code: code('legal status', record.status),
      start_at: record.start,
      end_at: record.end,
      expires_at: record.expires,
      changed_at: record.lastUpdated,
    })),
    referral: referred.map(({ record, common }) => ({
      ...common,
      referral_no: record.id,
      received_at: record.start,
      closed_at: record.end,
      team_name: record.team?.name,
      team_type: code('team type', record.team?.type),
      closed_why: code('closed why', record.closeReason),
      changed_at: record.lastUpdated,
    })),
    onward_referral: referred.flatMap(({ record }) =>
      record.onwardReferrals.map(({ date, to }, position) => ({
        referral_no: record.id,
        position,
        referred_at: date,
        receiver: to,
      })),
    ),
  };
  return { code: [...codes.values()], ...rows };
}
