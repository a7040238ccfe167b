import { dayInWords, holdersInWords, within } from '../facts.ts';
import { type Maybe, sift } from '../maybe.ts';
import { doubtsOf, gapsIn, type LegalStatus } from '../picture.ts';
import { type Rule, silent } from '../rule.ts';
import { lookedAt } from '../window.ts';

/** Taken to a place of safety by the police. */
export const rule: Rule<'days'> = {
  id: 'DETAINED',
  severity: 'HIGH',
  says: 'the patient has lately been detained under section 135 or 136 of the Mental Health Act',
  evidence: 'Whoever is taken to a place of safety was in a crisis that no service had met in time.',
  source: 'Mental Health Act 1983, sections 135 and 136. The number of days is chosen, not published. †',
  parameters: {
    days: { description: 'Begun or ended within so many days', unit: 'days', default: 90, least: 1, most: 3_660 },
  },
  reads: ['legalStatuses'],
  looksBack: 'days',

  find(picture, { days }) {
    const span = lookedAt(picture.at, days);
    const recent = picture.legalStatuses.filter(
      ({ start, end }) => within(start, span) || (end !== null && start <= picture.at && within(end, span)),
    );
    const { sure, unsure } = sift(recent, isPlaceOfSafety);
    const last = sure.at(-1);
    if (!last) return silent([...doubtsOf('legalStatuses', unsure), ...gapsIn(picture, 'legalStatuses')]);
    const where = holdersInWords(picture, sure);
    return {
      speaks: true,
      doubts: [],
      events: sure.map(({ start, custodian, id }) => ({ kind: 'LEGAL_STATUS', at: start, custodian, id })),
      since: sure[0]?.start ?? last.start,
      text: `Detained under section ${last.status === '19' ? '135' : '136'} on ${dayInWords(last.start)}; recorded by ${where}.`,
    };
  },
};

/** MHSDS MENTAL HEALTH ACT LEGAL STATUS CLASSIFICATION CODE: sections 135 and 136. */
const PLACE_OF_SAFETY: ReadonlySet<string> = new Set(['19', '20']);

const isPlaceOfSafety = ({ status }: LegalStatus): Maybe => (status === null ? null : PLACE_OF_SAFETY.has(status));
