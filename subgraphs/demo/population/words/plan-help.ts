import type { Wordings } from './traits.ts';

/** What helps, when others do it. */
export const WHAT_HELPS: Wordings = {
  anyone: [
    'Sit down. Do not stand over {me}.',
    'Say your name and who sent you, [slowly|twice if need be].',
    'Ask {me} [what {I} {have} tried already|what is different from last time] before offering anything.',
    'One person talking, the others [out of the room|in the hall].',
    'A cup of tea and ten minutes of talking about [the garden|football|the telly] first.',
    'Ring {helperName}: {my} {helper} can usually tell how bad it is.',
    'Tell {me} what will happen next, and when, even if it is bad news.',
    'Let {me} smoke outside first, then {I} will talk.',
    'Be straight. If {I} {have} to go in, say so and say why.',
    'Give {me} time to answer. {I} {am} slow when {I} {am} unwell, not rude.',
    'Write down what we agreed and leave it with {me}.',
    'Humour helps, [once {I} {have} started it|but let {me} start it].',
  ],
  depression: [
    'Ask {me} directly about suicide. {I} will answer honestly, and it is a relief to be asked.',
    'Do not ask how {I} feel{s}; ask what {I} {have} eaten and when {I} slept.',
    'Staying until {helperName} arrives.',
  ],
  bipolar: [
    'Low voices, few people, lights down.',
    'Agree with the feeling and not with the plan: “that sounds exciting, let us look at it on Thursday”.',
    'Offer {extra} early. {I} agreed to it while well.',
    'Short sentences. One question at a time.',
  ],
  psychosis: [
    'Ask whether the voices are saying anything about you. If they are, send somebody else.',
    'Do not argue about what {I} believe{s}; ask how frightening it is.',
    'Show identity cards [before the door is opened|through the window].',
    'Radio handsets off or turned down: {I} think{s} they are about {me}.',
    'Sealed bottles of water and wrapped food will be accepted; open ones will not.',
  ],
  instability: [
    'Say that it makes sense that {I} feel{s} like this. Then wait.',
    'Offer two choices that are both all right.',
    'Keep to what you said: if you say ten minutes, come back in ten minutes.',
    'Treat wounds kindly and with [pain relief|local anaesthetic], the same as anybody’s.',
  ],
  panic: [
    'Breathe with {me}, slowly and aloud.',
    'One set of observations, tell {me} the numbers, and then stop measuring.',
    'Say that it is panic, that it will peak, and that you will stay until it has.',
  ],
  trauma: [
    'Ask before touching, every time, also for the blood pressure cuff.',
    'Leave the door open and do not stand between {me} and it.',
    'If {I} {am} not answering, say the date and the place quietly; {I} will come back.',
    'A [woman|female] member of the crew if there is one.',
  ],
  eating: [
    'Check potassium, glucose and an ECG even if {I} say{s} it is not needed.',
    'Talk about anything but weight and food.',
  ],
  dementia: [
    'Say “{name}” and smile before saying anything else.',
    'Glasses and hearing aids first: without them everything is frightening.',
    '{My} {helper} on the telephone settles {me} within minutes.',
    'Ask about [the mill|the railway|the choir|the dance hall] and go along with the answer.',
  ],
  autism: [
    'Plain words. {I} take{s} them exactly as they are said.',
    'Show {me} the [ambulance|room] before asking {me} to go in. Blue light off.',
    'Text or write questions down; {I} can read when {I} cannot speak.',
    'Ten seconds of silence after each question.',
  ],
  perinatal: [
    'Keep the baby where {I} can see it, unless that is not safe.',
    'Say that this is an illness, that it gets better, and that nobody is taking the baby away today.',
  ],
  alcohol: [
    'Come back when {I} {am} sober and assess {me} then as well; {I} {am} a different person.',
    'Ask when the last drink was: {I} {have} had fits on stopping suddenly.',
  ],
  selfHarm: [
    'Talk to {me} on {my} own for a bit, and then with {my} {helper}.',
    'Say it is not {my} fault. Nobody does.',
    'Let {me} keep {my} phone with {me}.',
  ],
  obsession: [
    'Gloves on where {I} can see it. Ask where to put the bag down.',
    'Do not reassure about the fear itself. Say “that is the OCD” and stay.',
  ],
  deaf: [
    'Face {me}, in good light, and write things down. {I} lip-read{s} when {I} {am} well and cannot when {I} {am} not.',
  ],
  interpreter: ['A telephone interpreter, not a member of the family.'],
  veteran: ['Say that you served if you did. If you did not, do not pretend.'],
  children: ['Somebody to take the children next door before talking.'],
  young: ['Use {my} first name and talk to {me}, not over {me}.'],
};

/** What does not help, and makes things worse. */
export const WHAT_DOES_NOT_HELP: Wordings = {
  anyone: [
    'Being told to calm down.',
    'A room full of people[ asking the same questions|].',
    'Being asked to tell the whole story again from the beginning.',
    'Being told that {I} {have} so much to be thankful for.',
    'Waiting in a corridor without being told how long.',
    'Talking about {me} in the third person while {I} {am} in the room.',
    'A new face every day.',
    '“What would you like us to do?” as the first question.',
    'Ringing from a withheld number: {I} {do} not pick up.',
  ],
  depression: ['Being told to go for a walk.', 'Cheerfulness.'],
  bipolar: ['Arguing about money while {I} {am} high.', 'Leaving {me} in a bright, noisy waiting room.'],
  psychosis: [
    'Laughing, whispering, or looking at phones near {me}.',
    'Police in uniform coming in first, unless there is danger.',
    'Being told that it is not real.',
  ],
  instability: [
    'The words “attention seeking”, on paper as well.',
    'Being discharged in the middle of the night.',
    'Threats of losing the service.',
  ],
  panic: ['Being told that nothing is wrong.', 'A paper bag.', 'Blue lights and sirens.'],
  trauma: [
    'Being held from behind.',
    'Male staff alone with {me}.',
    'The place of safety with the [grey door|camera]; it was there last time.',
    'Being asked what happened, in detail, by somebody who will be gone tomorrow.',
  ],
  eating: ['Remarks about {my} looks, kind ones too.', 'Being left alone straight after a meal.'],
  dementia: ['Being corrected.', 'Being moved at night.', 'Three people at once at the bedside.'],
  autism: [
    'Touching {my} shoulder.',
    'Figures of speech and jokes.',
    'Strip lights, sirens, perfume.',
    'Changing the plan without saying so.',
  ],
  perinatal: ['Being told to enjoy every minute.', 'Mixed advice about feeding.'],
  alcohol: ['Being sent home because {I} {have} been drinking.', 'Lectures.'],
  selfHarm: ['Shouting about the mess.', 'Taking {my} door off.', 'Telling school before telling {me}.'],
  obsession: ['Shoes on the [carpet|bed|rug].', 'Moving things on the table.'],
  deaf: ['Shouting, or turning away while talking.'],
  interpreter: ['Asking {my} [child|cousin|neighbour] to interpret.'],
};

/** Support that may prevent an admission. */
export const SUPPORT_TO_PREVENT_ADMISSION: Wordings = {
  anyone: [
    'Home treatment, [once|twice] a day for [three|five|seven] days. It kept {me} at home [last time|in the spring|twice].',
    'A few nights at {house}.',
    '{cafe}, which is open every evening until [ten|eleven]; {I} know{s} the people there.',
    'A same-day appointment with {coordinator} or the duty worker.',
    'Stay at {helperName}’s for the weekend. The bed is made up.',
    'Medicines handed out daily for a while instead of monthly.',
    'A call every evening at [six|seven|eight], even for two minutes, until {I} say{s} {I} {am} through it.',
  ],
  depression: ['Somebody to sit with {me} overnight; nights are the worst.', 'A review of {medicine} within two days.'],
  bipolar: [
    '{extra} at night for a week, as agreed with the consultant.',
    'Bloods, an ECG and a review of {medicine} within the week.',
    '{helperName} to hold the cards and car keys.',
  ],
  psychosis: [
    'A depot brought forward by up to a week.',
    'Help with the electricity and the shopping: {I} stop{s} being able to.',
  ],
  instability: ['One planned call a day and not more, agreed with the crisis line.', 'The extra group on Thursdays.'],
  panic: ['A review by the same doctor who did the heart tests.'],
  trauma: ['A change of locks paid for by the victims’ fund.', 'Sleeping tablets for three nights at the most.'],
  eating: ['Day programme, three meals supervised.', 'Bloods every second day at the surgery.'],
  dementia: [
    'A urine test and a medicines review before anything else.',
    'A night sitter for [two|three] nights.',
    'Respite at the home {I} know{s}.',
  ],
  autism: ['One worker, the same one, at the same time.', 'A quiet flat for a few days; a ward makes it worse.'],
  perinatal: [
    'The nursery nurse each morning.',
    'The mother and baby unit rather than a general ward, if it comes to that.',
  ],
  alcohol: ['A planned detoxification with the recovery service, not a sudden stop.'],
  selfHarm: ['A safe space at school, agreed with the head of year.', 'The team’s text line until ten.'],
  children: ['Help to get the children to school for a week.'],
  carer: ['Sitting service for {charge} so that {I} can sleep.'],
  homeless: ['A bed in the [winter shelter|assessment hub]; the streets make everything worse within days.'],
};
