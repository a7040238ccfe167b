import type { LocalDate } from '@caregraph/trust/records.ts';
import {
  admissionMethod,
  bedClass,
  dischargeDestination,
  dischargeMethod,
  localCode,
  planType,
} from '../population/codes.ts';
import { ALWAYS, BLANK, between, mobile, NOTHING_ELSE, type Story, teller, WORKING_DAYS } from './teller.ts';

const NHS_NUMBER = '9990200025';

/**
 * Adam Tranter, 28, has been met seventeen times in under four years by four organisations of the West Midlands. Each
 * wrote its own part down well enough. His mother, Carol, asked six times for somebody to look at the whole.
 *
 * Wholly made up: it follows the shape of what an investigation of 2013 found, and nobody's life.
 */
export function westMidlandsFour(today: LocalDate): Story {
  const dudley = teller('RYK', 'Walsall', 'adam', today);
  const birmingham = teller('RXT', 'Birmingham', 'adam', today);
  const blackCountry = teller('TAJ', 'West Bromwich', 'adam', today);
  const coventry = teller('RYG', 'Coventry', 'adam', today);

  const admitted = blackCountry.on(611, '02:30');
  const discharged = blackCountry.on(590, '16:45');
  const birthDate = dudley.day(10_390);

  return {
    nhsNumber: NHS_NUMBER,
    held: new Map([
      [
        'RYK',
        {
          ...NOTHING_ELSE,
          demographics: dudley.demographics(251, {
            name: { text: 'Mr Adam Tranter', prefix: 'Mr', given: ['Adam'], family: 'Tranter' },
            birthDate,
            gender: 'MALE',
            address: { lines: ['61 Nailers Row'], city: 'Walsall', postalCode: 'ZZ99 7TR' },
            telecoms: [mobile('07700 900268')],
            language: 'en',
            interpreterNeeded: false,
            generalPractice: 'Victoria Family Practice, Walsall',
          }),
          contacts: [
            dudley.team('COMMUNITY_TEAM', 'community', {
              ago: 1_360,
              priority: 2,
              hours: between('09:00', '17:00', WORKING_DAYS),
              outOfHours: `The crisis line, day and night: ${dudley.number('line')}.`,
            }),
            dudley.team('CRISIS_TEAM', 'crisis', { ago: 251, priority: 1, hours: ALWAYS, outOfHours: null }),
            dudley.person('NEXT_OF_KIN', {
              ago: 402,
              priority: 3,
              name: 'Carol Tranter',
              role: 'Mother, nearest relative. Asks to be rung, and says that nobody has.',
              telecoms: [mobile('07700 900554')],
            }),
          ],
          alerts: [
            dudley.alert(402, {
              category: 'PSYCHOLOGICAL_SOCIAL',
              code: localCode('PS4', 'Carer’s concern'),
              text: 'Mother asks, for the fourth time here, that Adam be assessed at home and that all his records be read together. She has the dates written down. Ring her.',
              priority: 'MEDIUM',
              author: dudley.author('Wendy Hoyle', 'Liaison nurse'),
            }),
          ],
          careContacts: [
            dudley.meeting({
              ago: 1_389,
              time: '20:15',
              minutes: 95,
              team: 'liaison',
              place: 'Emergency department, Walsall',
              reason: 'Came with his mother. Hears his name called in the street and in running water. Not sleeping.',
              outcome:
                'First contact. Frightened, polite, no thoughts of harm. Home with his mother. Referred to the community team. Mother asks that somebody see him at home (her first request); given the leaflet.',
            }),
            dudley.meeting({
              ago: 1_362,
              time: '11:00',
              minutes: 55,
              team: 'community',
              planned: true,
              place: 'Walsall clinic',
              reason: 'New assessment.',
              outcome:
                'Low mood, cannabis at weekends, voices “only when tired”. Does not meet the threshold; back to his doctor. Mother handed in four pages of dates and observations: filed. Second request for an assessment at home.',
            }),
            dudley.meeting({
              ago: 402,
              time: '22:50',
              minutes: 120,
              team: 'liaison',
              place: 'Emergency department, Dudley',
              reason: 'Cut his forearm to “let the signal out”. Brought by his mother.',
              outcome:
                'Wound closed. Says that he stopped the tablets from Wolverhampton months ago; we have no letter from Wolverhampton. Mother’s fourth request here, and she says the sixth in all. Crisis team to see him.',
            }),
            dudley.meeting({
              ago: 251,
              time: '10:00',
              minutes: 60,
              team: 'crisis',
              planned: true,
              place: 'At home',
              reason: 'Assessment for home treatment, five months after it was asked for.',
              outcome:
                'Curtains taped shut, kitchen spotless. Said he was fine and thanked us for coming. Not taken on. Mother followed us to the car.',
            }),
          ],
          referrals: [
            dudley.referral({
              team: 'community',
              from: dudley.on(1_389, '22:10'),
              closed: { on: dudley.on(1_362, '12:10'), reason: 'notAppropriate' },
            }),
            dudley.referral({
              team: 'crisis',
              from: dudley.on(401, '01:20'),
              closed: { on: dudley.on(251, '11:40'), reason: 'notAppropriate' },
            }),
          ],
        },
      ],
      [
        'RXT',
        {
          ...NOTHING_ELSE,
          demographics: birmingham.demographics(17, {
            name: { text: 'Adam Trantor', prefix: null, given: ['Adam'], family: 'Trantor' },
            birthDate,
            gender: 'MALE',
            address: { lines: ['No fixed abode (was staying with a friend)'], city: 'Birmingham', postalCode: null },
            telecoms: [],
            language: null,
            interpreterNeeded: null,
            generalPractice: null,
          }),
          contacts: [
            birmingham.team('LIAISON_TEAM', 'liaison', { ago: 17, priority: 1, hours: ALWAYS, outOfHours: null }),
            birmingham.team('CRISIS_TEAM', 'crisis', {
              ago: 757,
              priority: 2,
              hours: between('08:00', '22:00'),
              outOfHours: `The crisis line, day and night: ${birmingham.number('line')}.`,
            }),
          ],
          alerts: [
            birmingham.alert(761, {
              category: 'RISK_TO_SELF',
              code: localCode('RS1', 'Risk of self-harm'),
              text: 'Took an overdose of over-the-counter tablets after days of voices telling him to. Said so only when asked directly, on the second day.',
              priority: 'HIGH',
              author: birmingham.author('Efosa Igbinedion', 'Liaison psychiatrist'),
            }),
          ],
          careContacts: [
            birmingham.meeting({
              ago: 1_241,
              time: '03:20',
              minutes: 70,
              team: 'liaison',
              place: 'Emergency department, Birmingham',
              reason:
                'Brought by police from New Street station, where he was warning passengers about the announcements.',
              outcome:
                'Calm by morning. “No previous contact with services.” Call from home treatment arranged. Asked us not to worry his mother.',
            }),
            birmingham.meeting({
              ago: 1_239,
              time: '15:30',
              minutes: 20,
              team: 'crisis',
              planned: true,
              mechanism: '02',
              place: 'By telephone',
              reason: 'Call after the emergency department.',
              outcome: 'Sounded well. Declined a visit. Out of our area: letter to his doctor.',
            }),
            birmingham.meeting({
              ago: 761,
              time: '14:10',
              minutes: 110,
              team: 'liaison',
              place: 'Emergency department, Birmingham',
              reason: 'Overdose, found by a friend.',
              outcome:
                'Medically clear on the second day. Guarded. New patient form filled in; the earlier one was under another spelling. Home treatment accepted.',
            }),
            birmingham.meeting({
              ago: 757,
              time: '12:00',
              minutes: 45,
              team: 'crisis',
              planned: true,
              place: 'At a friend’s, Birmingham',
              reason: 'Home treatment visit.',
              outcome:
                'Better, he says; friend says not. Moving back to Walsall at the weekend. Discharged with a letter to the Walsall team.',
            }),
            birmingham.meeting({
              ago: 17,
              time: '01:35',
              minutes: 85,
              team: 'liaison',
              place: 'Emergency department, Birmingham',
              reason: 'Walked in alone: has not slept for four nights, the announcements are about him again.',
              outcome:
                'Mentions a hospital in Wolverhampton, no details. Wants tablets to sleep. Three given. Advised to ring his own crisis team; did not know which one that is.',
            }),
          ],
          referrals: [
            birmingham.referral({
              team: 'crisis',
              from: birmingham.on(1_241, '09:30'),
              closed: { on: birmingham.on(1_239, '16:15'), reason: 'advised' },
            }),
            birmingham.referral({
              team: 'crisis',
              from: birmingham.on(761, '16:20'),
              closed: { on: birmingham.on(757, '13:05'), reason: 'moved' },
            }),
          ],
        },
      ],
      [
        'TAJ',
        {
          ...NOTHING_ELSE,
          demographics: blackCountry.demographics(540, {
            name: { text: 'Mr Adam J Tranter', prefix: 'Mr', given: ['Adam', 'J'], family: 'Tranter' },
            birthDate,
            gender: 'MALE',
            address: { lines: ['Flat 9', '3 Furnace Hill'], city: 'West Bromwich', postalCode: 'ZZ99 2FH' },
            telecoms: [{ system: 'PHONE', value: '07700 900911', use: 'OLD', rank: null, voicemail: null }],
            language: 'en',
            interpreterNeeded: false,
            generalPractice: 'Canal Street Practice, West Bromwich',
          }),
          crisisPlans: [
            blackCountry.plan(593, {
              ...BLANK,
              status: 'DRAFT',
              type: planType('736253002'),
              title: 'Crisis plan (begun on the ward)',
              earlyWarningSigns: [
                'I hear announcements that are meant for me.',
                'I tape the curtains.',
                'I am very polite to everybody.',
              ],
              whatHelps: ['Mum. Ask Mum.'],
              patientAgreement: 'NOT_RECORDED',
              author: blackCountry.author('Tom Rushworth', 'Ward nurse'),
              created: blackCountry.on(593, '14:10'),
              reviewDue: null,
            }),
          ],
          contacts: [
            blackCountry.team('COMMUNITY_TEAM', 'early', {
              ago: 1_080,
              priority: 2,
              hours: [],
              outOfHours: null,
            }),
            blackCountry.team('CRISIS_TEAM', 'crisis', { ago: 6, priority: 1, hours: ALWAYS, outOfHours: null }),
            blackCountry.person('NEXT_OF_KIN', {
              ago: 1_105,
              priority: 3,
              name: 'Carol Tranter',
              role: 'Mother',
              telecoms: [mobile('07700 900554')],
            }),
          ],
          alerts: [
            blackCountry.alert(600, {
              category: 'RISK_TO_OTHERS',
              code: localCode('RO1', 'Risk to others'),
              text: 'On admission said that he might have to “stop the voice at the station”. Denied it afterwards. Not explored before discharge.',
              priority: 'HIGH',
              author: blackCountry.author('Anita Rao', 'Specialty doctor'),
            }),
          ],
          careContacts: [
            blackCountry.meeting({
              ago: 1_105,
              time: '18:30',
              minutes: 60,
              team: 'crisis',
              place: 'At home, West Bromwich',
              reason: 'Mother rang: has not eaten for two days, will not open the door to her.',
              outcome:
                'Opened the door to us. Well presented, says his mother fusses. Mother asks for an admission (third request); told that Adam must ask himself. Referred to early intervention.',
            }),
            blackCountry.meeting({
              ago: 1_088,
              time: '10:00',
              minutes: 0,
              team: 'early',
              planned: true,
              place: 'West Bromwich clinic',
              status: 'DID_NOT_ATTEND',
              reason: 'Early intervention: first assessment.',
              outcome: 'Did not attend. One letter sent. Closed after 14 days without an answer.',
            }),
            blackCountry.meeting({
              ago: 612,
              time: '23:05',
              minutes: 160,
              team: 'decision',
              place: 'Psychiatric decision unit, the Penn Road Unit, Wolverhampton',
              reason: 'Ran along the tram line, shouting at the loudspeakers. Brought by ambulance.',
              outcome:
                'Psychotic, terrified, no insight. Section 2. Mother on the telephone for an hour: asks that the other hospitals be rung (fifth request). Noted.',
            }),
            blackCountry.meeting({
              ago: 541,
              time: '09:30',
              minutes: 0,
              team: 'community',
              planned: true,
              place: 'West Bromwich clinic',
              status: 'DID_NOT_ATTEND',
              reason: 'First appointment after discharge, seven weeks on.',
              outcome: 'Did not attend. Letter came back: gone away. Discharged to his doctor.',
            }),
            blackCountry.meeting({
              ago: 6,
              time: '21:15',
              minutes: 75,
              team: 'crisis',
              place: 'At a bus shelter, West Bromwich',
              reason: 'Passer-by rang 999: a man covering the timetable display with his coat.',
              outcome:
                'Cold, courteous, sleeping out. Asked whether we could make it quiet. Would not come in. To be tried again; no address to try.',
            }),
          ],
          hospitalSpells: [
            blackCountry.spell({
              start: admitted,
              end: discharged,
              ward: 'Dale Ward',
              bedClass: bedClass('200'),
              admissionMethod: admissionMethod('28'),
              dischargeMethod: dischargeMethod('1'),
              dischargeDestination: dischargeDestination('29'),
              absences: [{ start: blackCountry.on(603, '18:20'), end: blackCountry.on(602, '09:10') }],
            }),
          ],
          legalStatuses: [blackCountry.section('02', admitted, discharged, blackCountry.on(583, '02:30'))],
          referrals: [
            blackCountry.referral({
              team: 'early',
              from: blackCountry.on(1_105, '19:45'),
              closed: { on: blackCountry.on(1_074, '09:15'), reason: 'didNotAttend' },
            }),
            blackCountry.referral({
              team: 'community',
              from: blackCountry.on(590, '11:20'),
              closed: { on: blackCountry.on(530, '14:00'), reason: 'didNotAttend' },
            }),
            blackCountry.referral({ team: 'crisis', from: blackCountry.on(6, '21:00') }),
          ],
        },
      ],
      [
        'RYG',
        {
          ...NOTHING_ELSE,
          demographics: coventry.demographics(26, {
            name: { text: 'Mr Adam Tranter', prefix: 'Mr', given: ['Adam'], family: 'Tranter' },
            birthDate,
            gender: 'MALE',
            address: { lines: ['61 Nailers Row'], city: 'Walsall', postalCode: 'ZZ99 7TR' },
            telecoms: [mobile('07700 900268')],
            language: null,
            interpreterNeeded: null,
            generalPractice: 'Victoria Family Practice, Walsall',
          }),
          contacts: [
            coventry.team('CRISIS_LINE', 'line', { ago: 26, priority: 1, hours: ALWAYS, outOfHours: null }),
            coventry.person('NEXT_OF_KIN', {
              ago: 941,
              priority: 2,
              name: 'Carole Tranter',
              role: 'Mother',
              // Two digits are the wrong way round: the number rings nobody.
              telecoms: [{ system: 'PHONE', value: '07700 900545', use: 'MOBILE', rank: 1, voicemail: null }],
            }),
          ],
          alerts: [],
          careContacts: [
            coventry.meeting({
              ago: 941,
              time: '04:50',
              minutes: 200,
              team: 'placeOfSafety',
              place: 'Place of safety, the Spires Unit, Coventry',
              reason: 'Section 136: found on the railway embankment.',
              outcome:
                'Assessed by two doctors and an approved professional. Not detained: calm, plausible, grateful. Mother’s number did not connect. To be rung in a week.',
            }),
            coventry.meeting({
              ago: 934,
              time: '16:20',
              minutes: 15,
              team: 'community',
              planned: true,
              mechanism: '02',
              place: 'By telephone',
              reason: 'Call after the place of safety.',
              outcome: 'Back at his mother’s in Walsall, which is not ours. Letter to his doctor. Closed.',
            }),
            coventry.meeting({
              ago: 26,
              time: '02:40',
              minutes: 35,
              team: 'line',
              mechanism: '02',
              place: 'By telephone',
              reason:
                'Rang from a platform in Coventry: the last train has gone and the loudspeakers have not stopped.',
              outcome:
                'Talked until the buses began. Would not give an address. Thanked us. No plan found on our system.',
            }),
          ],
          legalStatuses: [
            coventry.section('20', coventry.on(941, '02:10'), coventry.on(941, '08:15'), coventry.on(940, '02:10')),
          ],
          referrals: [
            coventry.referral({
              team: 'community',
              from: coventry.on(941, '08:30'),
              closed: { on: coventry.on(934, '16:50'), reason: 'moved' },
            }),
          ],
        },
      ],
    ]),
  };
}
