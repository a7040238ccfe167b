import type { Random } from './random.ts';

/** The words by which a text speaks of the patient: as the patient, or about the patient. */
export interface Voice {
  readonly I: string;
  readonly me: string;
  readonly my: string;
  readonly mine: string;
  readonly myself: string;
  readonly am: string;
  readonly was: string;
  readonly have: string;
  readonly do: string;
  /** The ending of a regular verb: I walk, she walks. */
  readonly s: string;
  /** The ending of a verb in -ch, -sh, -s, -x or -o: I go, she goes. */
  readonly es: string;
  /** The ending of a verb in -y: I try, she tries. */
  readonly y: string;
}

const plural = { am: 'are', was: 'were', have: 'have', do: 'do', s: '', es: '', y: 'y' };
const singular = { am: 'is', was: 'was', have: 'has', do: 'does', s: 's', es: 'es', y: 'ies' };

/** The voices of the texts. */
export const VOICES = {
  first: { I: 'I', me: 'me', my: 'my', mine: 'mine', myself: 'myself', ...plural, am: 'am', was: 'was' },
  she: { I: 'she', me: 'her', my: 'her', mine: 'hers', myself: 'herself', ...singular },
  he: { I: 'he', me: 'him', my: 'his', mine: 'his', myself: 'himself', ...singular },
  they: { I: 'they', me: 'them', my: 'their', mine: 'theirs', myself: 'themself', ...plural },
} as const satisfies Record<string, Voice>;

/** What a wording needs beside its template. */
export interface WordingContext {
  readonly voice: Voice;
  /** The facts of this patient's life, by the name of their slot. */
  readonly facts: Readonly<Record<string, string>>;
}

/**
 * Words a template: one of the alternatives in each pair of square brackets, parted by `|`; a fact or a word of the voice
 * for each name in braces; a capital at the beginning of each sentence. Facts may hold words of the voice in their turn.
 *
 * @throws when a name in braces is neither a fact of the patient nor a word of the voice.
 */
export function word(template: string, { voice, facts }: WordingContext, random: Random): string {
  let text = template.replaceAll(/\[([^\]]*)\]/g, (_all, alternatives: string) => random.pick(alternatives.split('|')));
  // Twice, because a fact may hold words of the voice.
  for (let pass = 0; pass < 2 && text.includes('{'); pass += 1) {
    text = text.replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
      const key = name === 'I' ? name : decapitalised(name);
      const found = facts[key] ?? Reflect.get(voice, key);
      if (typeof found !== 'string') throw new Error(`A wording asks for "${name}", of which nothing is known.`);
      return found;
    });
  }
  return text.replaceAll(/(?:^|[.!?] )\p{Ll}/gu, (start) => start.toUpperCase());
}

const decapitalised = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
