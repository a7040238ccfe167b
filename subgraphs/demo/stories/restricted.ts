import type { LocalDate } from '@caregraph/trust/records.ts';
import { localCode, planType } from '../population/codes.ts';
import { ALWAYS, BLANK, between, mobile, NOTHING_ELSE, type Story, teller, WORKING_DAYS } from './teller.ts';

const NHS_NUMBER = '9990500053';

/**
 * Simone Marriott, 34, is a nurse on a ward of Mersey Care (RW4), and was once a patient there; at her asking those
 * records are restricted. Nottinghamshire (RHA), where she lives now, holds ordinary ones. From outside, Mersey Care is a
 * trust that has never heard of her.
 */
export function restricted(today: LocalDate): Story {
  const mersey = teller('RW4', 'Liverpool', 'simone', today);
  const nottingham = teller('RHA', 'Nottingham', 'simone', today);
  const birthDate = nottingham.day(12_500);

  return {
    nhsNumber: NHS_NUMBER,
    held: new Map([
      [
        'RW4',
        {
          ...NOTHING_ELSE,
          restricted: true,
          demographics: mersey.demographics(700, {
            name: { text: 'Ms Simone Marriott', prefix: 'Ms', given: ['Simone'], family: 'Marriott' },
            birthDate,
            gender: 'FEMALE',
            address: { lines: ['22 Wharfside'], city: 'Liverpool', postalCode: 'ZZ99 8WS' },
            telecoms: [mobile('07700 900702')],
            language: 'en',
            interpreterNeeded: false,
            generalPractice: null,
          }),
          crisisPlans: [
            mersey.plan(700, {
              ...BLANK,
              status: 'ACTIVE',
              type: planType('736253002'),
              title: 'Crisis plan (restricted)',
              whatHelps: ['A bed away from Liverpool, where nobody knows me from work.'],
              patientAgreement: 'AGREES',
              author: mersey.author('Olu Fashola', 'Consultant psychiatrist'),
              created: mersey.on(700, '15:40'),
              reviewDue: mersey.day(335),
            }),
          ],
          contacts: [mersey.team('CRISIS_TEAM', 'crisis', { ago: 700, priority: 1, hours: ALWAYS, outOfHours: null })],
          alerts: [
            mersey.alert(700, {
              category: 'OTHER',
              code: localCode('OT9', 'Restricted record'),
              text: 'Member of staff. Restricted at her asking; every look is reviewed.',
              priority: 'HIGH',
              author: mersey.author('Olu Fashola', 'Consultant psychiatrist'),
            }),
          ],
          careContacts: [
            mersey.meeting({
              ago: 705,
              time: '18:00',
              minutes: 60,
              team: 'crisis',
              place: 'At home',
              reason: 'Restricted.',
              outcome: 'Restricted.',
            }),
          ],
          referrals: [
            mersey.referral({
              team: 'crisis',
              from: mersey.on(706, '18:00'),
              closed: { on: mersey.on(697, '12:00'), reason: 'advised' },
            }),
          ],
        },
      ],
      [
        'RHA',
        {
          ...NOTHING_ELSE,
          demographics: nottingham.demographics(58, {
            name: { text: 'Ms Simone Marriott', prefix: 'Ms', given: ['Simone'], family: 'Marriott' },
            birthDate,
            gender: 'FEMALE',
            address: { lines: ['Flat 5', '17 Lacemakers Place'], city: 'Nottingham', postalCode: 'ZZ99 9LP' },
            telecoms: [mobile('07700 900703')],
            language: 'en',
            interpreterNeeded: false,
            generalPractice: 'Park View Surgery, Nottingham',
          }),
          crisisPlans: [
            nottingham.plan(58, {
              ...BLANK,
              status: 'ACTIVE',
              type: planType('736253002'),
              title: 'Simone’s plan',
              earlyWarningSigns: [
                'I take extra shifts and do not go home between them.',
                'I eat standing up.',
                'I look after everybody and cannot be asked how I am.',
              ],
              possibleTriggers: ['Losing a patient.', 'Being recognised in a waiting room.'],
              copingStrategies: ['Swim, forty lengths, no counting after thirty.', 'Ring Dionne and let her talk.'],
              whatHelps: [
                'Do not talk to me as a colleague. I cannot be a nurse tonight.',
                'A side room, my back to the door.',
                'Ask me what I would say to a patient.',
              ],
              whatDoesNotHelp: ['“You of all people.”', 'Discussing me at handover by name.'],
              whereToBeTaken: 'The Sanctuary in Nottingham first. The emergency department only if I have hurt myself.',
              familyInvolvement: 'Dionne, my sister, yes. My employer, no.',
              access24Hour: `Crisis line: ${nottingham.number('line')}.`,
              namedContacts: [{ name: 'Dionne Marriott', role: 'Sister', telecoms: [mobile('07700 900311')] }],
              patientAgreement: 'AGREES',
              author: nottingham.author('Naomi Feld', 'Clinical psychologist'),
              created: nottingham.on(58, '15:40'),
              reviewDue: nottingham.day(-124),
            }),
          ],
          contacts: [
            nottingham.team('CRISIS_TEAM', 'crisis', { ago: 58, priority: 1, hours: ALWAYS, outOfHours: null }),
            nottingham.team('PROFESSIONAL', 'community', {
              ago: 58,
              priority: 2,
              name: 'Naomi Feld',
              role: 'Clinical psychologist',
              hours: between('10:00', '18:00', WORKING_DAYS),
              outOfHours: `The crisis line, day and night: ${nottingham.number('line')}.`,
            }),
            nottingham.person('NEXT_OF_KIN', {
              ago: 58,
              priority: 3,
              name: 'Dionne Marriott',
              role: 'Sister',
              telecoms: [mobile('07700 900311')],
            }),
          ],
          careContacts: [
            nottingham.meeting({
              ago: 20,
              time: '17:00',
              minutes: 50,
              team: 'community',
              planned: true,
              mechanism: '11',
              place: 'By video',
              reason: 'Psychology session.',
              outcome: 'Two weeks without an extra shift. Slept. Swimming again.',
            }),
          ],
          referrals: [nottingham.referral({ team: 'community', from: nottingham.on(132, '10:10') })],
        },
      ],
    ]),
  };
}
