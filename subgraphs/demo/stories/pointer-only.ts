import type { LocalDate } from '@caregraph/trust/records.ts';
import { localCode, planType } from '../population/codes.ts';
import { between, NOTHING_ELSE, type Story, teller, WORKING_DAYS } from './teller.ts';

const NHS_NUMBER = '9990400040';

/**
 * Joseph Tyson, 71, farms above Ennerdale. Cumbria (RNN) has a crisis plan for him, on paper, in a drawer at Whitehaven:
 * the pointer says that it exists and whom to ring, and that is all that anybody elsewhere can see of it.
 */
export function pointerOnly(today: LocalDate): Story {
  const cumbria = teller('RNN', 'Whitehaven', 'joseph', today);

  return {
    nhsNumber: NHS_NUMBER,
    held: new Map([
      [
        'RNN',
        {
          ...NOTHING_ELSE,
          demographics: cumbria.demographics(160, {
            name: { text: 'Mr Joseph Tyson', prefix: 'Mr', given: ['Joseph'], family: 'Tyson' },
            birthDate: cumbria.day(26_080),
            gender: 'MALE',
            address: { lines: ['Low Gill Farm'], city: 'Whitehaven', postalCode: 'ZZ99 6LG' },
            telecoms: [{ system: 'PHONE', value: '01632 960981', use: 'HOME', rank: 1, voicemail: false }],
            language: 'en',
            interpreterNeeded: false,
            generalPractice: 'The Old Bakery Practice, Whitehaven',
          }),
          paperPlans: [cumbria.paperPlan(160, planType('736253002'))],
          contacts: [
            cumbria.team('CRISIS_TEAM', 'crisis', {
              ago: 160,
              priority: 1,
              hours: between('09:00', '21:00'),
              outOfHours: `After nine the crisis line, ${cumbria.number('line')}: they can have the plan read out from the drawer in the morning, and from the on-call manager’s copy at night.`,
            }),
            cumbria.team('CARE_COORDINATOR', 'older', {
              ago: 160,
              priority: 2,
              name: 'Katy Bexon',
              role: 'Nurse, care coordinator; wrote the plan and knows it by heart',
              hours: between('08:30', '16:30', WORKING_DAYS),
              outOfHours: `The home treatment team until nine: ${cumbria.number('crisis')}.`,
            }),
            cumbria.person('CARER', {
              ago: 160,
              priority: 3,
              name: 'Margaret Tyson',
              role: 'Wife',
              telecoms: [{ system: 'PHONE', value: '01632 960981', use: 'HOME', rank: 1, voicemail: false }],
            }),
          ],
          alerts: [
            cumbria.alert(160, {
              category: 'SCENE_SAFETY',
              code: localCode('SC1', 'Danger at the address'),
              text: 'Licensed shotgun on the farm, kept by a neighbour since the spring by agreement. Ask Margaret where it is before going up. Two working dogs loose in the yard: sound the horn and wait.',
              priority: 'HIGH',
              author: cumbria.author('Katy Bexon', 'Community mental health nurse'),
            }),
          ],
          careContacts: [
            cumbria.meeting({
              ago: 33,
              time: '10:00',
              minutes: 60,
              team: 'older',
              planned: true,
              place: 'At home',
              reason: 'Visit after the sheep sales.',
              outcome:
                'Poor prices, poor sleep, will not say more than that. Margaret walked us to the gate and did. Visits weekly until the clocks change.',
            }),
            cumbria.meeting({
              ago: 160,
              time: '11:00',
              minutes: 90,
              team: 'older',
              planned: true,
              place: 'At home',
              reason: 'Crisis plan written at the kitchen table.',
              outcome:
                'Written by hand, Joseph’s words, both signed. Original in the team’s drawer; he keeps the carbon copy in the clock.',
            }),
          ],
          referrals: [cumbria.referral({ team: 'older', from: cumbria.on(188, '15:30') })],
        },
      ],
    ]),
  };
}
