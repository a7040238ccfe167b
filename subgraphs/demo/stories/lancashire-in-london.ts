import type { LocalDate } from '@caregraph/trust/records.ts';
import {
  admissionMethod,
  bedClass,
  dischargeDestination,
  dischargeMethod,
  localCode,
  planType,
} from '../population/codes.ts';
import { ALWAYS, between, mobile, NOTHING_ELSE, type Story, teller } from './teller.ts';

const NHS_NUMBER = '9990100012';

/**
 * Alison Birtwistle, 47, of Blackburn, has bipolar disorder. On a visit to her sister in Croydon she is found on a bridge
 * by a London Ambulance crew. Everything that would help them is in Lancashire (RW5).
 */
export function lancashireInLondon(today: LocalDate): Story {
  const rw5 = teller('RW5', 'Blackburn', 'alison', today);
  const crisisNumber = rw5.number('crisis');
  const lineNumber = rw5.number('line');
  const admitted = rw5.on(612, '23:10');
  const discharged = rw5.on(579, '11:30');

  return {
    nhsNumber: NHS_NUMBER,
    held: new Map([
      [
        'RW5',
        {
          ...NOTHING_ELSE,
          demographics: rw5.demographics(40, {
            name: { text: 'Ms Alison Jane Birtwistle', prefix: 'Ms', given: ['Alison', 'Jane'], family: 'Birtwistle' },
            birthDate: rw5.day(17_302),
            gender: 'FEMALE',
            address: { lines: ['14 Cotton Weavers Street'], city: 'Blackburn', postalCode: 'ZZ99 4AB' },
            telecoms: [mobile('07700 900142')],
            language: 'en',
            interpreterNeeded: false,
            generalPractice: 'Meadow Lane Surgery, Blackburn',
          }),
          crisisPlans: [
            rw5.plan(40, {
              status: 'ACTIVE',
              type: planType('736253002'),
              title: 'Alison’s crisis plan, in her own words',
              earlyWarningSigns: [
                'I sleep two hours and feel rested. By the third night it has started.',
                'I ring people I have not spoken to for years, and talk over them.',
                'I travel. Trains, always south, usually with one bag and no medicines.',
                'After the high comes the drop, within a day or two. That is the dangerous part. I go quiet and I go to water.',
                'I take my hearing aids out because everything is too loud.',
              ],
              possibleTriggers: [
                'The clocks going forward.',
                'The week of 9 October, when Mum died.',
                'Missing lithium, even for three days.',
                'Family parties, much as I want to go to them.',
              ],
              copingStrategies: [
                'Bank card to Beth. Phone on silent, in the drawer, at nine.',
                'Knit. Plain rows, nothing with counting.',
                'Radio 3 very low, and lie on the kitchen floor where it is cool.',
              ],
              whatHelps: [
                'Put my hearing aids back in, or write things down. I have them in the green purse. If I seem not to be listening, I cannot hear you.',
                'Sit on the ground next to me. Not in front.',
                'Ask about the dog first. Everything else after that.',
                'Say “Beth knows where you are”, once she does.',
                'Tell me straight whether you think I need to be in hospital. I have never once run from a straight answer.',
                'Promethazine, if it is offered and not argued over. I agreed to it while I was well.',
              ],
              whatDoesNotHelp: [
                'More than two people.',
                'Being touched from behind, or held by the arm.',
                'Being told that I have had a good life really.',
                'An emergency department corridor. I walked out of one in the spring two years ago and nobody saw me go.',
              ],
              supportToPreventAdmission: [
                'Home treatment twice a day for a week. It has kept me out of hospital three times.',
                'Three nights at Willow House in Chorley; they hold a place for me when the team rings.',
                'Away from home: let Beth or my sister Ruth take me in, with a call from the Blackburn team morning and night.',
              ],
              whereToBeTaken:
                'Home, if Beth can be with me. Away from home: to my sister Ruth in Croydon, if she is in and the Blackburn team agrees on the telephone. Otherwise the nearest emergency department, straight to the liaison team, with somebody beside me the whole time.',
              preferredPlaceOfAdmission:
                'Hyndburn Ward, the Fernleigh Unit, Blackburn. Near Beth, wherever that is not possible.',
              dependants: ['Nobody at home now. Beth is 22 and has her own place.'],
              pets: [
                'Pip, a small brown terrier. Kath next door has the key and has had Pip many times; ring her before dark.',
              ],
              practicalNeeds: [
                'Hearing aids in both ears; spare batteries in the green purse.',
                'Lithium 800 mg at night. Last level 0.7. I may not have it with me. Do not give ibuprofen.',
                'I will need a way home. It matters more than it sounds.',
              ],
              advanceStatements: [
                'If I am high I will tell you this plan is out of date. It is not. I read it through every six months.',
                'Tell my work nothing but that I am ill.',
              ],
              advanceDecisions: [
                'I refuse haloperidol: in 2009 it locked my jaw and neck for hours. Signed and witnessed; copy at the surgery.',
              ],
              familyInvolvement:
                'Tell Beth, my daughter, everything, at any hour. Tell Ruth, my sister, where I am and that I am safe. Not my brother.',
              access24Hour: `Blackburn home treatment, day and night: ${crisisNumber}. They know me; ask for whoever has the plan open. If it rings out, the crisis line: ${lineNumber}.`,
              namedContacts: [
                { name: 'Beth Birtwistle', role: 'Daughter', telecoms: [mobile('07700 900377')] },
                { name: 'Ruth Okell', role: 'Sister, in Croydon', telecoms: [mobile('07700 900815')] },
                {
                  name: 'Sarah Pilling',
                  role: 'Care coordinator',
                  telecoms: [
                    { system: 'PHONE', value: rw5.number('community'), use: 'WORK', rank: 1, voicemail: false },
                  ],
                },
              ],
              patientAgreement: 'AGREES',
              author: rw5.author('Sarah Pilling', 'Community mental health nurse and care coordinator'),
              created: rw5.on(560, '14:00'),
              reviewDue: rw5.day(-142),
              documents: [
                {
                  title: 'Crisis plan, signed',
                  contentType: 'application/pdf',
                  url: 'https://records.example/RW5/documents/alison-crisis-plan',
                  format: 'urn:nhs-ic:unstructured',
                  created: rw5.on(40, '15:40'),
                  text: null,
                },
              ],
            }),
          ],
          contacts: [
            rw5.team('CRISIS_TEAM', 'crisis', { ago: 40, priority: 1, hours: ALWAYS, outOfHours: null }),
            rw5.team('CRISIS_LINE', 'line', { ago: 210, priority: 2, hours: ALWAYS, outOfHours: null }),
            rw5.team('CARE_COORDINATOR', 'community', {
              ago: 40,
              priority: 3,
              name: 'Sarah Pilling',
              role: 'Community mental health nurse, care coordinator',
              hours: between('09:00', '17:00', ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY']),
              outOfHours: `Home treatment answers day and night: ${crisisNumber}.`,
            }),
            rw5.person('NEXT_OF_KIN', {
              ago: 40,
              priority: 4,
              name: 'Beth Birtwistle',
              role: 'Daughter',
              telecoms: [mobile('07700 900377')],
            }),
            rw5.person('OTHER_PERSON', {
              ago: 40,
              priority: 5,
              name: 'Ruth Okell',
              role: 'Sister, in Croydon',
              telecoms: [mobile('07700 900815')],
            }),
          ],
          alerts: [
            rw5.alert(40, {
              category: 'RISK_TO_SELF',
              code: localCode('RS1', 'Risk of self-harm'),
              text: 'Goes to bridges and rivers in the day or two after a high. Twice talked down by strangers who sat with her. Do not leave alone while waiting for assessment.',
              priority: 'HIGH',
              author: rw5.author('Sarah Pilling', 'Community mental health nurse'),
            }),
            rw5.alert(560, {
              category: 'OTHER',
              code: localCode('OT1', 'Allergy'),
              text: 'Haloperidol: severe muscle spasm of jaw and neck. Advance decision to refuse it. Do not give.',
              priority: 'HIGH',
              author: rw5.author('Mohan Pillai', 'Consultant psychiatrist'),
            }),
            rw5.alert(900, {
              category: 'REASONABLE_ADJUSTMENT',
              code: localCode('RA2', 'Hearing'),
              text: 'Hearing aids in both ears, often taken out when unwell. Face her, write things down, check before deciding that she is not responding.',
              priority: 'MEDIUM',
              author: rw5.author('Sarah Pilling', 'Community mental health nurse'),
            }),
          ],
          careContacts: [
            rw5.meeting({
              ago: 5,
              time: '10:30',
              minutes: 25,
              team: 'community',
              planned: true,
              mechanism: '02',
              place: 'By telephone',
              reason: 'Call before a journey: going to her sister’s sixtieth in Croydon.',
              outcome:
                'Slept five hours, says it is excitement. Lithium packed, Beth has the train times. Agreed to ring on arrival. Plan read through together.',
            }),
            rw5.meeting({
              ago: 3,
              time: '16:00',
              minutes: 0,
              team: 'community',
              planned: true,
              mechanism: '02',
              place: 'By telephone',
              status: 'DID_NOT_ATTEND',
              reason: 'Agreed call on arrival.',
              outcome:
                'No answer at four, five and six. Beth rung: heard from her at noon, talking fast. Duty worker asked to keep trying.',
            }),
            rw5.meeting({
              ago: 40,
              time: '14:30',
              minutes: 70,
              team: 'community',
              planned: true,
              place: 'At home',
              reason: 'Half-yearly reading of the crisis plan, with Beth.',
              outcome: 'Two lines changed: the part about trains, and Ruth’s new number. Alison wrote them herself.',
            }),
            rw5.meeting({
              ago: 131,
              time: '11:00',
              minutes: 40,
              team: 'community',
              planned: true,
              place: 'Blackburn clinic',
              reason: 'Medicines review.',
              outcome: 'Lithium 0.7. Kidneys fine. Sleeping seven hours. Knitting for the hospital shop.',
            }),
            rw5.meeting({
              ago: 577,
              time: '15:00',
              minutes: 50,
              team: 'crisis',
              planned: true,
              place: 'At home',
              reason: 'Follow-up within 72 hours of discharge.',
              outcome:
                'Glad to be home, Pip on her lap throughout. Asked that next time somebody should read the plan before ringing round for a bed.',
            }),
            rw5.meeting({
              ago: 612,
              time: '19:40',
              minutes: 150,
              team: 'liaison',
              place: 'Emergency department, Blackburn',
              reason: 'Brought by police from the canal bridge; wet to the knees, silent, hearing aids in her pocket.',
              outcome:
                'Left the corridor unseen after an hour and was found again. Once she could hear, told everything. Detained under section 2.',
            }),
          ],
          hospitalSpells: [
            rw5.spell({
              start: admitted,
              end: discharged,
              ward: 'Hyndburn Ward',
              bedClass: bedClass('200'),
              admissionMethod: admissionMethod('21'),
              dischargeMethod: dischargeMethod('1'),
              dischargeDestination: dischargeDestination('19'),
              absences: [],
            }),
          ],
          legalStatuses: [
            rw5.section('02', admitted, rw5.on(590, '16:00'), rw5.on(584, '23:10')),
            rw5.section('01', rw5.on(590, '16:00'), discharged, null),
          ],
          referrals: [
            rw5.referral({ team: 'community', from: rw5.on(912, '10:40') }),
            rw5.referral({
              team: 'crisis',
              from: rw5.on(579, '10:15'),
              closed: { on: rw5.on(577, '16:10'), reason: 'advised' },
            }),
          ],
        },
      ],
    ]),
  };
}
