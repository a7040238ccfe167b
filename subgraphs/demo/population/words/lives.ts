import type { Condition } from './traits.ts';

/** Where the patient is well: what a text may say after "go to". Those of `CALM_AND_ACTIVE` are for people up to 65. */
export const CALM = [
  'the allotment',
  'the library',
  'the swimming baths',
  'the choir',
  'the Tuesday art group',
  'the walking group',
  'the bowls club',
  'the men’s shed',
  'the community garden',
  'the knitting circle',
  'the record shop',
  'the bench by the bandstand',
  'the railway club',
  'the church hall lunch',
  'the board games café',
  'the repair workshop',
] as const;

/** Where younger people are well. */
export const CALM_AND_ACTIVE = [
  'the climbing wall',
  'the five-a-side',
  'the gym',
  'the stables',
  'boxing on Wednesdays',
  'parkrun',
  'the drama group',
  'the music room',
] as const;

/** Music that helps. */
export const MUSIC = [
  'Northern soul',
  'Motown',
  'brass bands',
  'old film songs',
  'Joan Armatrading',
  'gospel',
  'drum and bass',
  'UB40',
  'Mozart',
  'qawwali',
  'bhangra',
  'the Smiths',
  'Dolly Parton',
  'whale song',
  'reggae',
  'Chopin',
  'hymns',
  'nineties dance',
  'Fleetwood Mac',
  'rain sounds',
] as const;

/** Where the patient walks. */
export const PLACES = [
  'the canal towpath',
  'the reservoir',
  'the old railway line',
  'the river',
  'the rec',
  'the cemetery',
  'the woods',
  'the retail park',
  'the quarry',
  'the viaduct',
  'the mill pond',
  'the playing fields',
  'the ring road',
] as const;

/** People who help out, and who do not need "my" before them. */
export const KEEPERS = [
  'Jean next door',
  'Mick at number nine',
  'Mrs Rahman opposite',
  'Dot from the church',
  'Kath from work',
  'Gurmeet downstairs',
  'Big Dave from the club',
  'Sandra across the landing',
  'Tomek next door',
  'Auntie Pat',
  'Bev from the shop',
  'Old Len',
] as const;

/** Children's given names. */
export const CHILDREN = [
  'Ellie',
  'Max',
  'Noah',
  'Isla',
  'Alfie',
  'Maisie',
  'Leo',
  'Poppy',
  'Zayn',
  'Amelia',
  'Theo',
  'Ruby',
  'Oscar',
  'Ava',
  'Mason',
  'Lily',
  'Kai',
  'Aaliyah',
  'Harry',
  'Evie',
  'Arjun',
  'Mia',
  'Ibrahim',
  'Daisy',
  'Tyler',
  'Sienna',
] as const;

/** Who takes the children in. */
export const CHILD_KEEPERS = [
  'their nan Sheila',
  'their grandad Ron',
  'their dad, who lives five minutes away',
  'their auntie Lorraine',
  'their mum’s friend Kerry',
  'their gran, Pushpa',
  'their uncle Anton',
  'their childminder Bridget',
] as const;

/** Medicines taken for a condition. */
export const MEDICINES: Readonly<Record<Condition, readonly string[]>> = {
  depression: ['sertraline', 'mirtazapine', 'venlafaxine', 'duloxetine', 'citalopram'],
  bipolar: ['lithium', 'quetiapine', 'lamotrigine', 'olanzapine'],
  psychosis: ['olanzapine', 'aripiprazole', 'clozapine', 'risperidone', 'the paliperidone depot'],
  instability: ['quetiapine', 'sertraline', 'lamotrigine'],
  panic: ['sertraline', 'propranolol', 'escitalopram'],
  trauma: ['venlafaxine', 'prazosin', 'mirtazapine', 'sertraline'],
  eating: ['fluoxetine', 'the vitamin tablets'],
  dementia: ['memantine', 'donepezil', 'rivastigmine'],
  autism: ['sertraline', 'melatonin'],
  perinatal: ['sertraline', 'quetiapine'],
  alcohol: ['acamprosate', 'mirtazapine', 'thiamine'],
  selfHarm: ['fluoxetine', 'melatonin'],
  obsession: ['fluvoxamine', 'clomipramine', 'sertraline'],
};

/** Medicines given on top, for a short while. */
export const EXTRA_MEDICINES = ['promethazine', 'lorazepam'] as const;
