import { NO_HEADINGS } from '@caregraph/trust/no-headings.ts';
import type {
  Alert,
  CareContact,
  Contact,
  CrisisPlan,
  HospitalSpell,
  LegalStatus,
  Referral,
} from '@caregraph/trust/records.ts';

/** Whole records with little in them, for tests to change where it matters. */

export const plan = (id: string, more: Partial<CrisisPlan> = {}): CrisisPlan => ({
  id,
  lastUpdated: '2026-01-01T00:00:00Z',
  status: 'ACTIVE',
  type: { system: 'http://snomed.info/sct', code: '736253002', display: 'Mental health crisis plan' },
  title: `Plan ${id}`,
  ...NO_HEADINGS,
  patientAgreement: 'AGREES',
  author: null,
  created: null,
  reviewDue: null,
  documents: [],
  ...more,
});

export const contact = (id: string, more: Partial<Contact> = {}): Contact => ({
  id,
  lastUpdated: '2026-01-01T00:00:00Z',
  kind: 'CRISIS_TEAM',
  priority: 1,
  name: `Team ${id}`,
  role: null,
  team: null,
  telecoms: [],
  hours: [],
  gaps: [],
  outOfHours: null,
  ...more,
});

export const alert = (id: string, more: Partial<Alert> = {}): Alert => ({
  id,
  lastUpdated: '2026-01-01T00:00:00Z',
  status: 'ACTIVE',
  category: 'OTHER',
  code: null,
  text: `Alert ${id}`,
  priority: null,
  start: null,
  end: null,
  author: null,
  ...more,
});

export const careContact = (id: string, start: string, more: Partial<CareContact> = {}): CareContact => ({
  id,
  lastUpdated: start,
  start,
  end: null,
  attendStatus: null,
  planned: null,
  consultationMechanism: null,
  team: null,
  place: null,
  reason: null,
  outcome: null,
  ...more,
});

export const hospitalSpell = (id: string, start: string, more: Partial<HospitalSpell> = {}): HospitalSpell => ({
  id,
  lastUpdated: start,
  start,
  end: null,
  hospital: null,
  ward: null,
  bedClass: null,
  admissionMethod: null,
  dischargeMethod: null,
  dischargeDestination: null,
  absences: [],
  ...more,
});

export const legalStatus = (id: string, start: string, more: Partial<LegalStatus> = {}): LegalStatus => ({
  id,
  lastUpdated: start,
  status: { system: null, code: '02', display: 'Section 2' },
  start,
  end: null,
  expires: null,
  ...more,
});

export const referral = (id: string, start: string, more: Partial<Referral> = {}): Referral => ({
  id,
  lastUpdated: start,
  start,
  end: null,
  team: null,
  closeReason: null,
  onwardReferrals: [],
  ...more,
});
