import type { RecordTypes } from '../../source.ts';

/** The types that a column of a view may have (docs/sql-views.md). */
export type ColumnType = 'text' | 'text[]' | 'integer' | 'boolean' | 'date' | 'timestamptz' | 'jsonb';

/** The columns of a view, by name. */
export type Columns = Readonly<Record<string, ColumnType>>;

/** The schema in which the views stand. */
export const VIEWS_SCHEMA = 'caregraph';

/** The patient, in every view. */
export const PATIENT_COLUMN = 'nhs_number';

/** A view that gives the records of one type. */
export interface RecordView {
  readonly view: string;
  readonly columns: Columns;
}

/** The views of the record types. A column is the field of its name, with words parted by underscores. */
export const RECORD_VIEWS: { readonly [Type in keyof RecordTypes]: RecordView } = {
  demographics: {
    view: 'demographics',
    columns: {
      nhs_number: 'text',
      id: 'text',
      last_updated: 'timestamptz',
      name: 'jsonb',
      birth_date: 'date',
      gender: 'text',
      deceased: 'boolean',
      deceased_date: 'date',
      address: 'jsonb',
      telecoms: 'jsonb',
      language: 'text',
      interpreter_needed: 'boolean',
      general_practice: 'text',
    },
  },
  crisisPlans: {
    view: 'crisis_plans',
    columns: {
      nhs_number: 'text',
      id: 'text',
      last_updated: 'timestamptz',
      status: 'text',
      type: 'jsonb',
      title: 'text',
      early_warning_signs: 'text[]',
      possible_triggers: 'text[]',
      coping_strategies: 'text[]',
      what_helps: 'text[]',
      what_does_not_help: 'text[]',
      support_to_prevent_admission: 'text[]',
      where_to_be_taken: 'text',
      preferred_place_of_admission: 'text',
      dependants: 'text[]',
      pets: 'text[]',
      practical_needs: 'text[]',
      advance_statements: 'text[]',
      advance_decisions: 'text[]',
      family_involvement: 'text',
      access_24_hour: 'text',
      named_contacts: 'jsonb',
      patient_agreement: 'text',
      author: 'jsonb',
      created: 'timestamptz',
      review_due: 'date',
      documents: 'jsonb',
    },
  },
  contacts: {
    view: 'contacts',
    columns: {
      nhs_number: 'text',
      id: 'text',
      last_updated: 'timestamptz',
      kind: 'text',
      priority: 'integer',
      name: 'text',
      role: 'text',
      team: 'jsonb',
      telecoms: 'jsonb',
      hours: 'jsonb',
      gaps: 'jsonb',
      out_of_hours: 'text',
    },
  },
  alerts: {
    view: 'alerts',
    columns: {
      nhs_number: 'text',
      id: 'text',
      last_updated: 'timestamptz',
      status: 'text',
      category: 'text',
      code: 'jsonb',
      text: 'text',
      priority: 'text',
      start: 'timestamptz',
      end: 'timestamptz',
      author: 'jsonb',
    },
  },
  careContacts: {
    view: 'care_contacts',
    columns: {
      nhs_number: 'text',
      id: 'text',
      last_updated: 'timestamptz',
      start: 'timestamptz',
      end: 'timestamptz',
      attend_status: 'text',
      planned: 'boolean',
      consultation_mechanism: 'jsonb',
      team: 'jsonb',
      place: 'text',
      reason: 'text',
      outcome: 'text',
    },
  },
  hospitalSpells: {
    view: 'hospital_spells',
    columns: {
      nhs_number: 'text',
      id: 'text',
      last_updated: 'timestamptz',
      start: 'timestamptz',
      end: 'timestamptz',
      hospital: 'text',
      ward: 'text',
      bed_class: 'jsonb',
      admission_method: 'jsonb',
      discharge_method: 'jsonb',
      discharge_destination: 'jsonb',
      absences: 'jsonb',
    },
  },
  legalStatuses: {
    view: 'legal_statuses',
    columns: {
      nhs_number: 'text',
      id: 'text',
      last_updated: 'timestamptz',
      status: 'jsonb',
      start: 'timestamptz',
      end: 'timestamptz',
      expires: 'timestamptz',
    },
  },
  referrals: {
    view: 'referrals',
    columns: {
      nhs_number: 'text',
      id: 'text',
      last_updated: 'timestamptz',
      start: 'timestamptz',
      end: 'timestamptz',
      team: 'jsonb',
      close_reason: 'jsonb',
      onward_referrals: 'jsonb',
    },
  },
};

/** The record types whose view a database may be without: it may have been set up before the contract had them. */
export const MAY_BE_MISSING: ReadonlySet<keyof RecordTypes> = new Set(['referrals']);

/** The view of the pointers to publish. */
export const POINTERS_VIEW = {
  view: 'pointers',
  columns: {
    key: 'text',
    nhs_number: 'text',
    type: 'text',
    content: 'jsonb',
    practice_setting: 'text',
    period_start: 'timestamptz',
    period_end: 'timestamptz',
  },
} as const satisfies RecordView;
