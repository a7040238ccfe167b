import type { AlertCategory } from '@caregraph/trust/records.ts';
import type { Trait } from './traits.ts';

/** An alert that a trust may have raised. */
export interface AlertWording {
  readonly category: AlertCategory;
  /** The trust's own code, and its name. */
  readonly code: readonly [string, string];
  readonly priorities: readonly ('HIGH' | 'MEDIUM' | 'LOW')[];
  /** Traits of which the patient must have one; fits everybody when left out. */
  readonly for?: readonly Trait[];
  /** Traits of which the patient must have none. */
  readonly not?: readonly Trait[];
  readonly texts: readonly string[];
}

/** Alerts, in the categories of BaRS and Interweave. */
export const ALERTS: readonly AlertWording[] = [
  {
    category: 'RISK_TO_SELF',
    code: ['RS1', 'Risk of self-harm'],
    priorities: ['HIGH', 'HIGH', 'MEDIUM'],
    texts: [
      'Serious attempt [two years ago|last year|in the past]. Ask directly; {I} answer{s} honestly.',
      'Takes overdoses on impulse within [an hour|minutes] of bad news. Ask what has been taken, and when.',
      'Goes to {place} when suicidal. Look there first.',
      'Risk is highest in the first week after discharge. Do not rely on a phone call alone.',
      'Hands over medicines to {helperName} when unwell: no more than three days’ supply at a time.',
    ],
  },
  {
    category: 'RISK_TO_SELF',
    code: ['RS3', 'Self-neglect'],
    priorities: ['MEDIUM', 'HIGH'],
    for: ['dementia', 'psychosis', 'alcohol', 'older', 'homeless', 'eating'],
    texts: [
      'Stops eating and drinking when unwell; was [dehydrated|hypothermic] at the last admission.',
      'Says that {I} {have} eaten when {I} {have} not. Look in the fridge.',
    ],
  },
  {
    category: 'RISK_TO_OTHERS',
    code: ['RO1', 'Risk to others'],
    priorities: ['HIGH', 'MEDIUM'],
    for: ['psychosis', 'bipolar', 'alcohol', 'dementia'],
    texts: [
      'Pushed a [nurse|crew member] when frightened, [once|two years ago]. Two people to attend; keep the way out clear for both.',
      'May strike out when touched without warning. No history when approached calmly.',
      'Threatened a neighbour while unwell. Knew nothing of it afterwards.',
    ],
  },
  {
    category: 'SCENE_SAFETY',
    code: ['SC2', 'Dog on the premises'],
    priorities: ['MEDIUM'],
    for: ['pet'],
    texts: ['{pet}: keep the door closed. Ask {me} to shut {petName} in the kitchen first.'],
  },
  {
    category: 'SCENE_SAFETY',
    code: ['SC1', 'Danger at the address'],
    priorities: ['HIGH', 'MEDIUM'],
    not: ['young'],
    texts: [
      'Others at the address deal drugs. Do not attend alone; meet at the [corner shop|surgery|day centre] by arrangement.',
      'Hoarding: stairs blocked, no clear way to the bedroom. One at a time.',
      'Gas has been left on [twice|before]. Smell before ringing the bell.',
      'Poor lighting and a broken step at the back entrance. Use the front.',
    ],
  },
  {
    category: 'SAFEGUARDING',
    code: ['SG1', 'Child in the household'],
    priorities: ['HIGH', 'MEDIUM'],
    for: ['children'],
    texts: [
      '{children} in the household. Early help plan; tell the school nurse after any crisis at home.',
      '{children}: seen and safe at each visit so far. Ask where they are tonight.',
    ],
  },
  {
    category: 'SAFEGUARDING',
    code: ['SG2', 'Adult at risk'],
    priorities: ['HIGH'],
    not: ['young'],
    texts: [
      'Financial abuse by an acquaintance under inquiry. See {me} alone; do not accept a friend as spokesman.',
      'History of violence by a former partner; address is confidential. Do not confirm it to callers.',
      'Befriended by people who use the flat. Ask who else is in.',
    ],
  },
  {
    category: 'SAFEGUARDING',
    code: ['SG3', 'Young person at risk'],
    priorities: ['HIGH'],
    for: ['young'],
    texts: [
      'Older contacts online; police and school informed. Ask whose phone it is.',
      'Goes missing after rows at home; returns by morning. Report each time.',
    ],
  },
  {
    category: 'PSYCHOLOGICAL_SOCIAL',
    code: ['PS1', 'Social circumstances'],
    priorities: ['LOW', 'MEDIUM'],
    texts: [
      'Bereaved this year; {helperName} is the one to ring.',
      'Does not open post. Ring or text about appointments.',
      'Will say yes to anything to end a conversation. Ask again later.',
    ],
  },
  {
    category: 'REASONABLE_ADJUSTMENT',
    code: ['RA1', 'Autistic person'],
    priorities: ['MEDIUM', 'HIGH'],
    for: ['autism'],
    texts: ['Autistic. Low light, one voice, plain words, ten seconds after each question. No touch without asking.'],
  },
  {
    category: 'REASONABLE_ADJUSTMENT',
    code: ['RA2', 'Hearing'],
    priorities: ['MEDIUM'],
    for: ['deaf'],
    texts: ['Deaf: text, never ring. British Sign Language interpreter for assessments.'],
  },
  {
    category: 'REASONABLE_ADJUSTMENT',
    code: ['RA3', 'Wheelchair'],
    priorities: ['LOW', 'MEDIUM'],
    for: ['wheelchair'],
    texts: ['Wheelchair user: book accessible transport, and a ground-floor room.'],
  },
  {
    category: 'REASONABLE_ADJUSTMENT',
    code: ['RA4', 'Interpreter'],
    priorities: ['MEDIUM'],
    for: ['interpreter'],
    texts: ['{language} interpreter needed, by telephone if need be. Not family.'],
  },
  {
    category: 'REASONABLE_ADJUSTMENT',
    code: ['RA5', 'Memory'],
    priorities: ['MEDIUM'],
    for: ['dementia'],
    texts: ['Dementia. Tell {helperName} of every appointment; nothing by telephone to {name} alone.'],
  },
  {
    category: 'REPEAT_CALLER',
    code: ['RC1', 'Frequent caller: response plan'],
    priorities: ['LOW', 'MEDIUM'],
    for: ['panic', 'instability', 'alcohol', 'obsession', 'alone'],
    texts: [
      'Rings 999 often, mostly at night and mostly lonely. Agreed response: the crisis line rings back within the hour. Chest pain is still chest pain.',
      'More than [ten|twenty] calls a month. Response plan agreed with the ambulance service; ring the crisis team before conveying.',
    ],
  },
  {
    category: 'LEGAL_STATUS',
    code: ['LS1', 'Community treatment order'],
    priorities: ['HIGH', 'MEDIUM'],
    for: ['psychosis', 'bipolar'],
    not: ['young'],
    texts: ['Community treatment order: may be recalled if {medicine} is refused. Ring {coordinator} before acting.'],
  },
  {
    category: 'LEGAL_STATUS',
    code: ['LS2', 'Power of attorney'],
    priorities: ['MEDIUM'],
    for: ['dementia'],
    texts: ['Lasting power of attorney for health and welfare is with {my} {helper}.'],
  },
  {
    category: 'MISSING_PERSON',
    code: ['MP1', 'Has been missing'],
    priorities: ['HIGH', 'MEDIUM'],
    for: ['dementia', 'psychosis', 'selfHarm', 'instability'],
    texts: [
      'Reported missing [twice|three times] this year; found each time near {place}.',
      'If missing: the Herbert protocol form is with the police. Likely places: {place}, the bus station.',
    ],
  },
  {
    category: 'OTHER',
    code: ['OT1', 'Allergy'],
    priorities: ['HIGH'],
    texts: ['Severe reaction to haloperidol. Do not give.', 'Allergic to penicillin (rash and swelling).'],
  },
  {
    category: 'OTHER',
    code: ['OT2', 'Medicines'],
    priorities: ['MEDIUM', 'HIGH'],
    for: ['bipolar', 'diabetes', 'alcohol'],
    texts: ['Never stop {medicine} suddenly without advice.'],
  },
];
