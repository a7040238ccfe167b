import type { Trait } from './traits.ts';

/** Something in a life that brings crises on: the same in a patient's plan, contacts and notes. */
export interface Theme {
  /** Traits of which the patient must have one; fits everybody when left out. */
  readonly for?: readonly Trait[];
  /** Traits of which the patient must have none. */
  readonly not?: readonly Trait[];
  /** How a plan names it among the possible triggers. */
  readonly triggers: readonly string[];
  /** How a clinician writes down why the patient was met. */
  readonly reasons: readonly string[];
}

/** Themes, by a name that texts do not show. */
export const THEMES: readonly Theme[] = [
  {
    triggers: [
      'The anniversary of {my} [mother|father|brother]’s death, [in March|in early June|just before Christmas].',
      'The week of the anniversary: {I} would rather not be alone on the day.',
    ],
    reasons: [
      'Low since the anniversary of a death in the family; not sleeping.',
      'Grief has come back hard this month; wishes to have been the one who died.',
    ],
  },
  {
    not: ['homeless', 'parents'],
    triggers: [
      'Letters about the rent, above all the ones with [red print|a date in bold].',
      'Fear of losing the flat.',
    ],
    reasons: [
      'Notice on the tenancy arrived this week; says there is no way out.',
      'Rent arrears; found crying at the housing office, who rang us.',
    ],
  },
  {
    not: ['older'],
    triggers: [
      'Benefit reviews: the envelope, the form, and the weeks of waiting after it.',
      'Being asked by the assessor to prove it all again.',
    ],
    reasons: [
      'Payment stopped after a missed assessment; three days without electricity.',
      'Distressed after a benefits assessment; said that nobody believed {me}.',
    ],
  },
  {
    not: ['alone', 'young', 'dementia'],
    triggers: [
      'Rows [at home|in the house], even when they are not about {me}.',
      'Shouting through the wall or on the stairs.',
    ],
    reasons: [
      'Argument at home, left in [slippers|a coat over pyjamas]; brought in by a passer-by.',
      '{helperName} asked for help after two days of rows.',
    ],
  },
  {
    not: ['young', 'parents', 'dementia'],
    triggers: [
      'Messages from {my} former partner.',
      'Handing the [dog|car|keys] over every other weekend, and going home alone.',
    ],
    reasons: [
      'Separation a month ago; has not eaten properly since.',
      'Messages from a former partner all night; felt like ending it, rang us instead.',
    ],
  },
  {
    for: ['working'],
    triggers: [
      'Night shifts, above all the first one back on days.',
      'Being called into the office without being told why.',
    ],
    reasons: [
      'Sent home from work in tears; manager rang with consent.',
      'After a run of night shifts; no sleep for three days.',
    ],
  },
  {
    for: ['young', 'student'],
    triggers: ['Exams, and the week before results.', 'Group chats that {I} {am} left out of.'],
    reasons: [
      'Exams next week; cutting again after four months without.',
      'Housemates worried: has not left the room since Friday.',
    ],
  },
  {
    for: ['young', 'selfHarm'],
    triggers: ['Things posted about {me} online.', 'The start of term.'],
    reasons: [
      'Screenshots shared round the school; told a teacher that there was no point any more.',
      'Overdose of what was in the house, told {my} {helper} within the hour.',
    ],
  },
  {
    triggers: [
      'Pain that keeps {me} awake, {my} [back|hip|knee] above all.',
      'Hospital appointments, and the letters that move them.',
    ],
    reasons: [
      'Pain not controlled; says that {I} cannot face another winter of it.',
      'Came for the pain, stayed to talk about the rest.',
    ],
  },
  {
    not: ['homeless', 'supported'],
    triggers: [
      'Noise from upstairs [after midnight|at weekends].',
      'Trouble with the neighbours: bins, parking, music.',
    ],
    reasons: [
      'Convinced that the neighbours are recording {me}; has not slept at home for two nights.',
      'Shouting in the street; neighbour rang the police, police rang us.',
    ],
  },
  {
    triggers: ['Christmas, from the first adverts on.', 'Long weekends, when everything is closed.'],
    reasons: [
      'Rang five times over the long weekend, to hear a voice.',
      'Bad few days over the holiday; feeling a burden.',
    ],
  },
  {
    triggers: ['Changes to {medicine}, up or down.', 'Running out of {medicine} before the prescription is due.'],
    reasons: [
      'Stopped {medicine} ten days ago because of the side effects.',
      'Pharmacy had none; a week without {medicine}, now agitated.',
    ],
  },
  {
    for: ['trauma', 'instability', 'perinatal'],
    triggers: ['Seeing somebody who looks like him.', 'Court dates, and letters from the police.'],
    reasons: [
      'Court date has come through; nightmares every night since.',
      'Saw the person who hurt {me} in town; has not left the house.',
    ],
  },
  {
    for: ['veteran'],
    triggers: ['Fireworks, from half-term to New Year.', 'Remembrance weekend.'],
    reasons: ['Fireworks all evening; found behind the garages, talking to men who were not there.'],
  },
  {
    for: ['carer'],
    triggers: ['Nights when {charge} does not settle.', 'Being told that respite has been cancelled.'],
    reasons: [
      'Exhausted from caring; said aloud that both of them would be better off gone.',
      'Carer’s breaking point: up five times a night for weeks.',
    ],
  },
  {
    for: ['children', 'perinatal'],
    not: ['older'],
    triggers: ['Any letter with the words “children’s services” on it.', 'Broken nights with the children.'],
    reasons: [
      'Intrusive thoughts about harm coming to the children; terrified by them, no intent.',
      'School rang: arrived to collect the children and could not speak.',
    ],
  },
  {
    for: ['dementia'],
    triggers: ['Infections, dehydration and constipation.', 'Strangers in the house, carers in a hurry too.'],
    reasons: [
      'Wandering at night; found at the bus station in a dressing gown.',
      'Hit out at a carer this morning, which {I} {have} never done before.',
    ],
  },
  {
    for: ['homeless', 'alcohol'],
    not: ['young', 'student'],
    triggers: ['Being moved on.', 'Pay day, and other people’s bottles.'],
    reasons: [
      'Found on the bridge by the outreach team; intoxicated, tearful, wanted to be brought in.',
      'Sofa no longer offered; slept in the station; thoughts of not waking up.',
    ],
  },
  {
    for: ['autism'],
    triggers: ['Changes of plan with less than a day’s notice.', 'Building works, hand dryers, and the new bus route.'],
    reasons: [
      'Shutdown after the bus route changed; not a word for two days.',
      'Overwhelmed at the shopping centre; security called an ambulance.',
    ],
  },
  {
    for: ['interpreter', 'muslim'],
    triggers: ['News from home.', 'Letters from the Home Office.', 'Being shouted at in the street.'],
    reasons: [
      'Bad news from abroad by telephone; not eaten since.',
      'Assaulted on the bus, words and spit; will not go out.',
    ],
  },
  {
    for: ['older'],
    not: ['dementia'],
    triggers: ['{My} friends dying, one after another.', 'Being spoken to about “a home”.'],
    reasons: [
      'Neighbour found {me} in the cold kitchen; not eating, says it is time.',
      'Third funeral this year; says there is nobody left who remembers.',
    ],
  },
  {
    for: ['psychosis', 'bipolar', 'alcohol'],
    not: ['older'],
    triggers: ['Cannabis, above all the strong kind.', 'Old friends who turn up with money.'],
    reasons: [
      'Using cannabis daily again; voices louder; neighbours frightened.',
      'Awake for three nights; spent the month’s money by the second day.',
    ],
  },
  {
    for: ['eating', 'young'],
    not: ['older'],
    triggers: ['Meals with relatives and remarks about {my} plate.', 'Summer, and clothes for it.'],
    reasons: [
      'Fainted on the stairs; pulse 44; denies that anything is wrong.',
      'Surgery concerned: weight down for the fourth week.',
    ],
  },
  {
    for: ['obsession', 'panic'],
    triggers: ['Illness in the news.', 'Visitors who use the bathroom.'],
    reasons: [
      'Four hours of washing a day; hands bleeding; asking for help.',
      'Seventh call this week about a heart attack; tests clear; terrified all the same.',
    ],
  },
];

/** How clinicians write down what happened when the patient came. */
export const OUTCOMES = {
  routine: [
    'Brighter than last time. Sleeping [six|seven] hours. No thoughts of suicide. Same again in [two|three|four] weeks.',
    'Mood steady. {Medicine} continues; [no side effects|a little drowsy in the mornings]. Bloods due.',
    'Talked about {calm}. Plan read through together; nothing to change.',
    'A difficult fortnight. Going over the crisis plan helped; {helperName} has a copy.',
    'Tired and flat, not in crisis. Agreed to open the post together next time.',
    'Anxious about [money|the review|the appointment]. Letter written to the [council|surgery|landlord].',
    'Good spell: {I} {have} been cooking and seeing {helperName}. Next in a month.',
    'Some thoughts of not being here, no plan, would ring the line. Review brought forward.',
    'Carer’s assessment offered to {helperName}; accepted.',
  ],
  inPerson: [
    'Went for a walk along {place} instead of sitting in the office. Talked more than in months.',
    'Weight, blood pressure and bloods done. Wants to cut down {medicine}; consultant to be asked.',
    'Came in with {helperName}. Laughed once. Agreed to try {calm} again.',
    'Put the kettle on before being asked. Plan read through together, one line changed.',
  ],
  crisis: [
    'Seen within the hour. Thoughts of suicide without a plan. Home with {helperName}; home treatment to ring tomorrow morning.',
    'Assessed, calmer after two hours. Safety plan gone through; medicines handed over to {helperName}.',
    'Taken on by home treatment: daily visits for a week.',
    'Does not need a bed tonight; wants somebody to talk to. {cafe} offered and accepted.',
    'Agreed to stay at {house} for [three|four] nights.',
    'Says that it has passed. Left before the second clinician came; {helperName} told with consent; call tomorrow.',
    'Not detained. Informal admission offered and declined; capacity to decide. Review in the morning.',
    'Long wait in a corridor made it worse. Seen in a side room with the lights down; settled.',
    'Referred back to {coordinator}; seen the same week.',
    'No intent today. Fears {my} own thoughts more than anything; told that having them is not acting on them.',
  ],
  admitted: ['Admitted to {unitWard}.', 'No safe way home tonight. Admitted to {unitWard}; {helperName} told.'],
  missed: [
    'Did not come. Rang twice, no reply; text sent. Duty worker to call round tomorrow.',
    'Did not attend. New appointment by letter.',
    'No answer. {helperName} rung: heard from {me} yesterday, all right.',
    'No answer three times; message left. Third missed since the spring: to be raised at Monday’s meeting.',
  ],
  missedAtHome: [
    'Not at home. Card left. {helperName} rung: heard from {me} yesterday, all right.',
    'No reply at the door; curtains closed. To be tried again tomorrow.',
    'Spoke through the letter box: not today. Sounded tired, not frightened. To be tried again on [Thursday|Monday].',
  ],
  late: [
    'Came forty minutes late, clinic over. New time given; five minutes in the corridor, no worse.',
    'Bus did not come; arrived as the room closed. Rebooked for [Monday|Friday].',
  ],
  cancelledByPatient: [
    '{I} rang: a cold. Rebooked.',
    '{helperName} rang on {my} behalf. Rebooked for next week.',
    'Text in the morning: not up to it. Duty worker rang back, no concerns.',
  ],
  cancelledByProvider: [
    'Clinician off sick. Apology by telephone, rebooked.',
    'Clinic cancelled. New date by letter; told how to reach the duty worker.',
  ],
  homeTreatment: [
    '[Soup|Toast|Half a sandwich] eaten while {I} talked. Tomorrow at ten.',
    'Restless, pacing, but let us in. {extra} offered and taken. Second visit at eight.',
    'Slept [five|six] hours, the first night in a week. Medicines counted with {helperName}.',
    'Talked mostly about {calm}. Thoughts come in the small hours; plan for the small hours written down.',
    'Short visit: {I} wanted to sleep. {helperName} at home until morning.',
    'Better. Went out along {place} today. Visits every second day from now.',
    'Cried for most of the hour, and said it was the first time in months.',
    'Asked whether it will ever be different. Stayed until {helperName} came home.',
    'Medicines handed over for two days. No thoughts of dying since Sunday.',
    'By telephone at {my} asking. Sounded steadier; radio on in the background.',
  ],
  lastVisit: [
    'Last visit. Back to {coordinator}, who came along. Knows how to reach us.',
    'Well enough for us to stop. {I} thanked us at the door; {coordinator} comes next week.',
    'Last call. Sleeping, eating, out most days. Crisis plan to be read through again with {coordinator}.',
  ],
  crisisByPhone: [
    'Talked for as long as it took. Safe for tonight; {helperName} on the way. {coordinator} to ring tomorrow.',
    'Calmer by the end. Went through the plan line by line. Will ring again if it comes back.',
    'Thoughts of suicide, no plan; {helperName} woken with consent and sitting with {me}. Home treatment told.',
    'Wanted to hear somebody breathe at the other end. Did not want a visit. Rang off at dawn, and said thank you.',
  ],
  followUp: [
    'Seen at home after discharge. Settled, taking {medicine}, eating. Home treatment continues.',
    'First visit after the ward. Quiet, glad to be in {my} own bed. {helperName} staying until the weekend.',
    'Rang after discharge: up, dressed, out to buy milk. Visit on Thursday.',
  ],
} as const;

/** Why routine meetings are held. */
export const ROUTINE_REASONS = [
  'Planned review.',
  'Care coordinator’s visit.',
  'Medicines review.',
  'Appointment with the consultant.',
  'Support session: [budget and post|getting out of the house|sleep].',
  'Care plan review with {helperName}.',
] as const;

/** Why a patient is met after a stay in hospital. */
export const FOLLOW_UP_REASONS = ['Follow-up within 72 hours of discharge.', 'First visit after discharge.'] as const;
