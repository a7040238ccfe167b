import { dayInWords, goesOn, spellEvent } from '../facts.ts';
import { sift } from '../maybe.ts';
import { doubtsOf, gapsIn } from '../picture.ts';
import { type Rule, silent } from '../rule.ts';

/** Away from hospital without leave, and not back. */
export const rule: Rule<never> = {
  id: 'ABSENT',
  severity: 'HIGH',
  says: 'the patient is away from hospital without leave',
  evidence: 'Somebody whom a hospital is looking for may be met anywhere.',
  source: 'MHSDS MHS511 Absence Without Leave',
  parameters: {},
  reads: ['hospitalSpells'],
  looksBack: null,

  find(picture) {
    const { sure: stays, unsure } = sift(
      picture.hospitalSpells.filter(({ absences }) => absences.length > 0),
      (spell) => goesOn(spell, picture.at),
    );
    const sure = stays.flatMap((spell) => {
      const absence = spell.absences.find((each) => goesOn(each, picture.at));
      return absence ? [{ spell, absence }] : [];
    });
    const first = sure[0];
    if (!first) {
      return silent([...doubtsOf('hospitalSpells', unsure), ...gapsIn(picture, 'hospitalSpells')]);
    }
    const { spell, absence } = first;
    return {
      speaks: true,
      doubts: [],
      events: sure.map((each) => spellEvent(each.spell, each.absence.start)),
      since: absence.start,
      text: `Away without leave from ${picture.nameOf(spell.custodian)} since ${dayInWords(absence.start)}. Ring the ward.`,
    };
  },
};
