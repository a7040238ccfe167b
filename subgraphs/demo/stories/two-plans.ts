import type { LocalDate } from '@caregraph/trust/records.ts';
import { localCode, planType } from '../population/codes.ts';
import { ALWAYS, BLANK, between, mobile, NOTHING_ELSE, type Story, teller, WORKING_DAYS } from './teller.ts';

const NHS_NUMBER = '9990300038';

/**
 * Rachel Lunt, 39, left Birkenhead (RXA) for Liverpool (RW4) with her son. Both trusts hold a plan that is in force. The
 * older one sends whoever follows it to the man whom she left.
 */
export function twoPlans(today: LocalDate): Story {
  const cheshire = teller('RXA', 'Birkenhead', 'rachel', today);
  const mersey = teller('RW4', 'Liverpool', 'rachel', today);
  const birthDate = mersey.day(14_420);

  return {
    nhsNumber: NHS_NUMBER,
    held: new Map([
      [
        'RXA',
        {
          ...NOTHING_ELSE,
          demographics: cheshire.demographics(530, {
            name: { text: 'Mrs Rachel Massey', prefix: 'Mrs', given: ['Rachel'], family: 'Massey' },
            birthDate,
            gender: 'FEMALE',
            address: { lines: ['8 Saltbox Lane'], city: 'Birkenhead', postalCode: 'ZZ99 5SL' },
            telecoms: [mobile('07700 900630')],
            language: 'en',
            interpreterNeeded: false,
            generalPractice: 'Riverside Medical Centre, Birkenhead',
          }),
          crisisPlans: [
            cheshire.plan(530, {
              ...BLANK,
              status: 'ACTIVE',
              type: planType('736253002'),
              title: 'Crisis and contingency plan',
              earlyWarningSigns: [
                'Rachel stops sleeping and checks the windows.',
                'She rings work in sick.',
                'She snaps at Ewan and is sorry straight away.',
              ],
              possibleTriggers: ['Money.', 'Arguments at home.'],
              copingStrategies: ['A bath with the radio on.', 'Running, if Neil can mind Ewan.'],
              whatHelps: ['Ring Neil, her husband. He calms her down.', 'Sit with her until Neil is home.'],
              whatDoesNotHelp: ['Being asked about the marriage.'],
              whereToBeTaken:
                'Home to 8 Saltbox Lane if Neil is there. Otherwise the emergency department in Birkenhead.',
              preferredPlaceOfAdmission: 'Beeston Ward, the Sandstone Unit, Chester',
              dependants: ['Ewan, 9. Neil has him.'],
              familyInvolvement: 'Neil to be told everything.',
              access24Hour: `Crisis line: ${cheshire.number('line')}.`,
              namedContacts: [{ name: 'Neil Massey', role: 'Husband', telecoms: [mobile('07700 900631')] }],
              patientAgreement: 'AGREES_IN_PART',
              author: cheshire.author('Ian Cottam', 'Care coordinator'),
              created: cheshire.on(910, '11:20'),
              reviewDue: cheshire.day(165),
            }),
          ],
          contacts: [
            cheshire.team('CRISIS_LINE', 'line', { ago: 530, priority: 1, hours: ALWAYS, outOfHours: null }),
            cheshire.person('NEXT_OF_KIN', {
              ago: 910,
              priority: 2,
              name: 'Neil Massey',
              role: 'Husband',
              telecoms: [mobile('07700 900631')],
            }),
          ],
          alerts: [],
          careContacts: [
            cheshire.meeting({
              ago: 530,
              time: '10:00',
              minutes: 45,
              team: 'community',
              planned: true,
              place: 'Birkenhead clinic',
              reason: 'Care plan review. Neil came too, and answered for her.',
              outcome: 'Plan confirmed. Quiet. Long sleeves. Said she was cold.',
            }),
            cheshire.meeting({
              ago: 498,
              time: '10:00',
              minutes: 0,
              team: 'community',
              planned: true,
              place: 'Birkenhead clinic',
              status: 'DID_NOT_ATTEND',
              reason: 'Appointment on her own, at her asking.',
              outcome: 'Did not come. Neil says that she has moved away. Closed; plan not withdrawn.',
            }),
          ],
          referrals: [
            cheshire.referral({
              team: 'community',
              from: cheshire.on(918, '14:30'),
              closed: { on: cheshire.on(498, '16:45'), reason: 'moved' },
            }),
          ],
        },
      ],
      [
        'RW4',
        {
          ...NOTHING_ELSE,
          demographics: mersey.demographics(75, {
            name: { text: 'Ms Rachel Lunt', prefix: 'Ms', given: ['Rachel'], family: 'Lunt' },
            birthDate,
            gender: 'FEMALE',
            address: { lines: ['Address held by the team'], city: 'Liverpool', postalCode: null },
            telecoms: [mobile('07700 900184')],
            language: 'en',
            interpreterNeeded: false,
            generalPractice: 'Hawthorn Health Centre, Liverpool',
          }),
          crisisPlans: [
            mersey.plan(75, {
              ...BLANK,
              status: 'ACTIVE',
              type: planType('736253002'),
              title: 'My crisis plan, the Liverpool one',
              earlyWarningSigns: [
                'I check the windows, then the car, then the windows.',
                'I cannot stand with my back to a door.',
                'I say yes to everything, in a small voice. That is not calm.',
                'Nightmares more than three nights running.',
              ],
              possibleTriggers: [
                'A call from a number I do not know. He changes numbers.',
                'Family court letters.',
                'Being told that somebody has rung my husband.',
              ],
              copingStrategies: [
                'The keyring with the shell: describe it, every ridge.',
                'Text the word “shell” to Jo. She comes.',
                'Run round the park with Jo’s dog.',
              ],
              whatHelps: [
                'Two women, if there are two women.',
                'Show me your badge through the window, and let me ring the number to check it.',
                'Let me see Ewan, or hear him on the phone, before anything else.',
                'Say that nobody will be told where I am. Then keep to it.',
              ],
              whatDoesNotHelp: [
                'Ringing the husband named in the old Birkenhead plan. Do not. It is the reason I left.',
                'Men between me and the door.',
                'Being told that I seem calm.',
              ],
              supportToPreventAdmission: [
                'Jo stays over.',
                'Two nights at Sefton House, with Ewan at Jo’s.',
                'Home treatment by telephone, from a number that shows.',
              ],
              whereToBeTaken:
                'Sefton House in Southport if they have a bed; otherwise the emergency department in Liverpool, family room. Never Birkenhead and never Chester.',
              preferredPlaceOfAdmission: 'Albert Ward, the Brunswick Unit, Liverpool',
              dependants: ['Ewan, 11. To Jo Rimmer only. School knows: the password is with the head teacher.'],
              pets: ['None now. He kept the dog.'],
              advanceStatements: [
                'My address is given to nobody, whatever reason they give and whoever they say they are.',
              ],
              familyInvolvement: 'Jo Rimmer, my friend, may know everything. Nobody called Massey is to know anything.',
              access24Hour: `Crisis line: ${mersey.number('line')}. Home treatment until ten: ${mersey.number('crisis')}.`,
              namedContacts: [
                { name: 'Jo Rimmer', role: 'Friend', telecoms: [mobile('07700 900477')] },
                {
                  name: 'Ruth Abiodun',
                  role: 'Care coordinator',
                  telecoms: [
                    { system: 'PHONE', value: mersey.number('community'), use: 'WORK', rank: 1, voicemail: false },
                  ],
                },
              ],
              patientAgreement: 'AGREES',
              author: mersey.author('Ruth Abiodun', 'Social worker and care coordinator'),
              created: mersey.on(420, '13:10'),
              reviewDue: mersey.day(-107),
            }),
          ],
          contacts: [
            mersey.team('CRISIS_TEAM', 'crisis', {
              ago: 75,
              priority: 1,
              hours: between('08:00', '22:00'),
              outOfHours: `The crisis line, day and night: ${mersey.number('line')}.`,
            }),
            mersey.team('CRISIS_LINE', 'line', { ago: 75, priority: 2, hours: ALWAYS, outOfHours: null }),
            mersey.team('CARE_COORDINATOR', 'community', {
              ago: 75,
              priority: 3,
              name: 'Ruth Abiodun',
              role: 'Social worker, care coordinator',
              hours: between('09:00', '17:00', WORKING_DAYS),
              outOfHours: `The crisis line, day and night: ${mersey.number('line')}.`,
            }),
            mersey.person('OTHER_PERSON', {
              ago: 75,
              priority: 4,
              name: 'Jo Rimmer',
              role: 'Friend. The only person to ring.',
              telecoms: [mobile('07700 900477')],
            }),
          ],
          alerts: [
            mersey.alert(75, {
              category: 'SAFEGUARDING',
              code: localCode('SG2', 'Adult at risk'),
              text: 'Violence by a former husband; non-molestation order. The address is confidential: confirm nothing to callers. An older plan elsewhere names him as the person to ring. Do not ring him.',
              priority: 'HIGH',
              author: mersey.author('Ruth Abiodun', 'Social worker'),
            }),
          ],
          careContacts: [
            mersey.meeting({
              ago: 12,
              time: '13:00',
              minutes: 50,
              team: 'community',
              planned: true,
              place: 'Liverpool clinic',
              reason: 'Care coordinator’s visit, before the family court date.',
              outcome:
                'Not sleeping, back to checking windows. Wants to sleep, not to die. Home treatment to ring every evening until the hearing.',
            }),
            mersey.meeting({
              ago: 75,
              time: '13:00',
              minutes: 80,
              team: 'community',
              planned: true,
              place: 'Liverpool clinic',
              reason: 'Crisis plan written again from the beginning.',
              outcome: 'Every line hers. Asked us to have the Birkenhead plan withdrawn; letter sent, no answer yet.',
            }),
            mersey.meeting({
              ago: 433,
              time: '23:30',
              minutes: 130,
              team: 'liaison',
              place: 'Emergency department, Liverpool',
              reason: 'Came by taxi with a sleeping child and a carrier bag.',
              outcome: 'Told it all, once, to one nurse. Refuge found by six in the morning. Ewan had toast.',
            }),
          ],
          referrals: [
            mersey.referral({ team: 'community', from: mersey.on(431, '11:20') }),
            // Home treatment rings every evening until the hearing.
            mersey.referral({ team: 'crisis', from: mersey.on(12, '14:10') }),
          ],
        },
      ],
    ]),
  };
}
