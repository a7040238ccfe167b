/** What a patient lives with, in the words by which plans tell it apart. */
export const CONDITIONS = [
  'depression',
  'bipolar',
  'psychosis',
  'instability',
  'panic',
  'trauma',
  'eating',
  'dementia',
  'autism',
  'perinatal',
  'alcohol',
  'selfHarm',
  'obsession',
] as const;

/** The chief condition of a patient. */
export type Condition = (typeof CONDITIONS)[number];

/** The circumstances of a life that change what a plan says. */
export const CIRCUMSTANCES = [
  'alone',
  'partner',
  'parents',
  'children',
  'older',
  'young',
  'working',
  'student',
  'veteran',
  'deaf',
  'wheelchair',
  'diabetes',
  'muslim',
  'christian',
  'interpreter',
  'pet',
  'carer',
  'supported',
  'homeless',
] as const;

/** A circumstance of a life. */
export type Circumstance = (typeof CIRCUMSTANCES)[number];

/** What a wording may be fit for. */
export type Trait = Condition | Circumstance;

/** Wordings by whom they fit; those under `anyone` fit everybody. */
export type Wordings = Readonly<Partial<Record<Trait | 'anyone', readonly string[]>>>;
