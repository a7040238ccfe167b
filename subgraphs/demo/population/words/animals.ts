/** Pets: what they are and what they are called, as a text speaks of them. */
export const ANIMALS = {
  dog: ['Bramble', 'Tyson', 'Poppy', 'Rolo', 'Skye', 'Buster', 'Willow', 'Ziggy', 'Molly', 'Duke', 'Peanut', 'Nala'],
  cat: ['Tiggy', 'Biscuit', 'Luna', 'Smudge', 'Marmite', 'Sooty', 'Gizmo', 'Cleo', 'Pickle', 'Domino'],
  budgie: ['Joey', 'Kiwi', 'Bluey'],
  rabbit: ['Thumper', 'Hazel', 'Clover'],
  tortoise: ['Sheldon', 'Speedy'],
  'bearded dragon': ['Spike', 'Norbert'],
} as const;

/** A kind of pet. */
export type Animal = keyof typeof ANIMALS;

/** How common each kind is. */
export const ANIMAL_WEIGHTS: Readonly<Record<Animal, number>> = {
  dog: 50,
  cat: 36,
  budgie: 4,
  rabbit: 5,
  tortoise: 2,
  'bearded dragon': 3,
};

/** What is to be done about a pet when its owner is taken to hospital. */
export const PET_CARE = [
  '{pet} must not be left alone. {keeper} has a key and will [take {petIt} in|feed {petIt}|come for {petIt}].',
  '{pet}: {keeper} will look after {petIt}[.| for as long as it takes.]',
  '{pet}. [Food and blanket are|Everything for {petIt} is] [by the back door|in the hall cupboard|under the sink]. Ring {keeper}.',
  '{I} will not leave the house until somebody has promised to look after {petName}. Ask {keeper} in front of {me}.',
  'Tell {me} who has {petName}: not knowing makes it worse. {keeper} has [done it before|said yes already].',
] as const;
