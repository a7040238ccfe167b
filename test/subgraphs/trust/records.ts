import { NO_HEADINGS } from '../../../subgraphs/trust/no-headings.ts';
import type {
  Alert,
  CareContact,
  Contact,
  CrisisPlan,
  Demographics,
  HospitalSpell,
  LegalStatus,
  Referral,
} from '../../../subgraphs/trust/records.ts';

/** Valid NHS numbers of the test range. */
export const ANN = '9990000018';
export const BEN = '9990000026';
export const CAT = '9990000034';

const common = { lastUpdated: '2026-01-01T00:00:00Z' };

export const demographics = (changes: Partial<Demographics> & { id: string }): Demographics => ({
  ...common,
  name: null,
  birthDate: null,
  gender: null,
  deceased: null,
  deceasedDate: null,
  address: null,
  telecoms: [],
  language: null,
  interpreterNeeded: null,
  generalPractice: null,
  ...changes,
});

export const plan = (changes: Partial<CrisisPlan> & { id: string }): CrisisPlan => ({
  ...common,
  status: 'ACTIVE',
  type: { system: 'http://snomed.info/sct', code: '736253002', display: 'Mental health crisis plan' },
  title: 'Crisis plan',
  ...NO_HEADINGS,
  earlyWarningSigns: ['Sleeps in the day'],
  patientAgreement: 'AGREES',
  author: null,
  created: null,
  reviewDue: null,
  documents: [],
  ...changes,
});

export const contact = (changes: Partial<Contact> & { id: string }): Contact => ({
  ...common,
  kind: 'CRISIS_TEAM',
  priority: 1,
  name: 'Crisis team',
  role: null,
  team: null,
  telecoms: [{ system: 'PHONE', value: '020 7946 0123', use: 'WORK', rank: 1, voicemail: false }],
  hours: [],
  gaps: [],
  outOfHours: null,
  ...changes,
});

export const alert = (changes: Partial<Alert> & { id: string }): Alert => ({
  ...common,
  status: 'ACTIVE',
  category: 'SAFEGUARDING',
  code: null,
  text: 'Ring before a visit.',
  priority: null,
  start: null,
  end: null,
  author: null,
  ...changes,
});

export const careContact = (changes: Partial<CareContact> & { id: string }): CareContact => ({
  ...common,
  start: '2026-01-01T10:00:00Z',
  end: null,
  attendStatus: null,
  planned: null,
  consultationMechanism: null,
  team: null,
  place: null,
  reason: null,
  outcome: null,
  ...changes,
});

export const hospitalSpell = (changes: Partial<HospitalSpell> & { id: string }): HospitalSpell => ({
  ...common,
  start: '2026-01-01T10:00:00Z',
  end: null,
  hospital: null,
  ward: null,
  bedClass: null,
  admissionMethod: null,
  dischargeMethod: null,
  dischargeDestination: null,
  absences: [],
  ...changes,
});

export const legalStatus = (changes: Partial<LegalStatus> & { id: string }): LegalStatus => ({
  ...common,
  status: { system: null, code: '02', display: 'Section 2' },
  start: '2026-01-01T10:00:00Z',
  end: null,
  expires: null,
  ...changes,
});

export const referral = (changes: Partial<Referral> & { id: string }): Referral => ({
  ...common,
  start: '2026-01-01T10:00:00Z',
  end: null,
  team: null,
  closeReason: null,
  onwardReferrals: [],
  ...changes,
});
