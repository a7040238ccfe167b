import type { Wordings } from './traits.ts';

/** Children, and others who depend on the patient. */
export const DEPENDANTS: Wordings = {
  children: [
    '{children}. {childKeeper} [has a key and will come|can be there in half an hour|will fetch them from school].',
    '{children}: to {childKeeper}, who knows their school and their doctor. Tell them that {I} {am} poorly and coming back.',
    '{children}. If {I} go{es} in, ring {childKeeper}; not the neighbours, please.',
  ],
  carer: [
    '{I} look{s} after {charge} and cannot be away for more than [an hour|two hours]. The emergency carers’ card is on the fridge.',
    '{charge} depends on {me} for meals and medicines; {helperName} can do [a night|two nights].',
  ],
};

/** Practical needs: the home, money, medicines, access, language. */
export const PRACTICAL_NEEDS: Wordings = {
  anyone: [
    'Keys, phone charger and glasses. {I} will ask for nothing else.',
    'The back door does not lock from outside: [pull it hard|somebody has to stay until {keeper} comes].',
    '{medicine} is in the [kitchen cupboard|bathroom cabinet|tin on the shelf]; bring it.',
    'Prepayment meter: [top up|check] before leaving the place empty.',
    'Post: {helperName} collects it on [Fridays|Sundays] if asked.',
    'Cancel the [milk|window cleaner|shopping delivery].',
  ],
  diabetes: ['Insulin in the fridge door, twice a day, also when {I} {am} not eating: ask for advice first.'],
  wheelchair: [
    'Wheelchair user: ramp at the side entrance. The chair goes with {me}.',
    'Hoist sling is behind the bedroom door.',
  ],
  deaf: ['Hearing aids, spare batteries in the [blue|biscuit] tin. Text, do not ring.'],
  interpreter: ['{language} interpreter needed for anything that matters; {I} understand{s} less English when unwell.'],
  muslim: ['Halal food, and somewhere quiet to pray.'],
  supported: ['Lives at supported housing: staff [there day and night|there until ten] know this plan.'],
  homeless: ['No fixed address. Ring the outreach team to find {me}; letters go to the day centre.'],
  working: ['Tell work only that {I} {am} ill; {helperName} will ring.'],
  student: ['Tell the wellbeing service at the university; exam deferral needs a note.'],
  alcohol: ['Thiamine. And {I} need{s} watching for withdrawal in the first two days.'],
  older: ['Walking frame, glasses, teeth, slippers. Falls at night if the lamp is off.'],
};

/** Advance statements: wishes for a time when the patient may not be able to say them. */
export const ADVANCE_STATEMENTS: Wordings = {
  anyone: [
    'If {I} cannot decide, ask {helperName} what {I} would say.',
    '{I} would rather have [tablets|a liquid] than an injection, and time to agree to it.',
    'Please keep {my} notebook with {me}.',
    '{I} want{s} to be told what section {I} {am} under, as often as {I} ask{s}.',
    'A room of {my} own, if there is one, [away from the nurses’ station|near the garden].',
    'Do not tell {my} [father|brother|ex-husband|workplace] where {I} {am}.',
    'Music through headphones at night is not a ligature risk for {me}; please ask before taking it.',
  ],
  bipolar: [
    'When high {I} will say that {I} never agreed to this. {I} did, with a clear head.',
    'Take {my} cards even if {I} protest{s}.',
  ],
  psychosis: ['{I} {have} done well on {medicine}; start there.'],
  instability: ['Short stays only: three nights, agreed at the door.'],
  trauma: ['Women’s ward or women staff; never a mixed corridor.'],
  dementia: ['{I} want{s} to be buried from [St Luke’s|the chapel], and until then to be outdoors once a day.'],
  eating: ['If {I} {am} medically in danger, feed {me}, whatever {I} say{s} then.'],
  perinatal: ['{I} want{s} to keep breastfeeding if the medicine allows it.'],
  autism: ['Same seat, same cup, same nurse, and a timetable on the wall.'],
  muslim: ['No pork gelatine capsules if there is another form.'],
};

/** Advance decisions to refuse treatment. */
export const ADVANCE_DECISIONS: Wordings = {
  anyone: [
    '{I} refuse{s} haloperidol: a severe reaction (muscle spasm) [in the past|some years ago]. Signed and witnessed.',
    '{I} refuse{s} electroconvulsive therapy. Signed and witnessed; copy with the surgery.',
  ],
  bipolar: ['{I} refuse{s} sodium valproate. Signed and witnessed; copy with the surgery.'],
  older: ['{I} do not wish to be resuscitated; the form is on the fridge.'],
};

/** How family or carers are to be involved, and how not. */
export const FAMILY_INVOLVEMENT: Wordings = {
  anyone: [
    'Tell {my} {helper} everything, at any hour.',
    'Tell {helperName} that {I} {am} safe and where {I} {am}. Nothing about what {I} said.',
    '{My} {helper} may be told about medicines and discharge dates. The rest is for {me} to tell.',
    'Please listen to {helperName}, also when {I} {do} not want to hear it. {helperName} has been right every time.',
    'Share this plan with {helperName}. Nobody else in the family, please.',
  ],
  young: ['{My} {helper} knows about this plan. Talk to {me} first and then to {helperName}, with {me} there.'],
  parents: ['{I} live{s} at home: {my} {helper} must know when {I} {am} coming back, before {I} {do}.'],
  dementia: [
    '{My} {helper} holds lasting power of attorney for health and welfare: decisions go through {helperName}.',
  ],
};

/** Where the patient is to be taken. */
export const WHERE_TO_BE_TAKEN: Wordings = {
  anyone: [
    'The crisis team can come to {me}: ring first. If {I} need{s} stitches or {have} taken anything, the emergency department in {town}.',
    '{decisionUnit}, not the emergency department, unless {I} {am} hurt.',
    'Stay at home if {helperName} can be there. Otherwise {house}, which holds a place by agreement.',
    'The emergency department in {town}; ask for the liaison team and for the quiet room.',
    'Home treatment will assess at home until ten at night. After that, {decisionUnit}.',
  ],
  perinatal: ['Maternity triage in {town} with the baby, and ring the perinatal team from there.'],
  dementia: ['Home, if it is safe. The ambulance crew should ring the older people’s team before moving {me}.'],
  eating: ['The emergency department in {town}: {I} need{s} bloods and an ECG before any decision.'],
};

/** What a contact does when nobody is there. */
export const OUT_OF_HOURS = [
  'Ring the {trustName} crisis line, {lineNumber}, day and night.',
  'Outside these hours the crisis line answers: {lineNumber}.',
  'NHS 111, mental health option. The crisis line, {lineNumber}, can see the plan.',
  'Leave no message: ring the crisis line on {lineNumber}.',
] as const;

/** Days on which the usual hours do not hold. */
export const COVER_GAPS = [
  'Team training day: duty worker at the other base, through the crisis line.',
  'Bank holiday cover: the crisis line answers.',
  'On leave. The duty worker of the team covers.',
  'Office move: telephones divert to the crisis line, and may be slow.',
] as const;

/** How help is reached at any hour. */
export const ACCESS_24_HOUR = [
  'Crisis line, day and night: {lineNumber}. Say that there is a plan.',
  'Before ten at night the home treatment team, {crisisNumber}; after that the crisis line, {lineNumber}.',
  '{lineNumber}, at any hour. For danger to life, 999.',
  'Ring {crisisNumber} (home treatment). If nobody answers within ten rings, {lineNumber}.',
] as const;

/** What plans are called. */
export const PLAN_TITLES = [
  'Crisis plan',
  'My crisis plan',
  'Crisis and contingency plan',
  'Staying well and staying safe',
  '{name}’s crisis plan',
  'When things go wrong: {name}’s plan',
  'Joint crisis plan',
] as const;
