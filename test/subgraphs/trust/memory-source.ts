import type { NHSNumber } from '../../../subgraphs/trust/records.ts';
import type { Ask, Batch, Pointer, RecordTypes, TrustSource } from '../../../subgraphs/trust/source.ts';

/** What a trust holds, by record type and patient. */
export type Holdings = {
  readonly [Type in keyof RecordTypes]?: Readonly<Record<NHSNumber, readonly RecordTypes[Type][]>>;
};

/** One question that a source was asked. */
export interface Question {
  readonly type: keyof RecordTypes;
  readonly nhsNumbers: readonly NHSNumber[];
  readonly ask: Ask;
}

export interface MemorySource extends TrustSource {
  /** Every question asked so far. */
  readonly questions: Question[];
}

/** A whole source over records in memory: the port as a trust would write it for itself. */
export function memorySource(holdings: Holdings, pointers: readonly Pointer[] = []): MemorySource {
  const questions: Question[] = [];
  const reader =
    <Type extends keyof RecordTypes>(type: Type) =>
    async (nhsNumbers: readonly NHSNumber[], ask: Ask): Promise<Batch<RecordTypes[Type]>> => {
      questions.push({ type, nhsNumbers, ask });
      return new Map(
        Object.entries<readonly RecordTypes[Type][]>(holdings[type] ?? {}).filter(([of]) => nhsNumbers.includes(of)),
      );
    };
  return {
    questions,
    demographics: reader('demographics'),
    crisisPlans: reader('crisisPlans'),
    contacts: reader('contacts'),
    alerts: reader('alerts'),
    careContacts: reader('careContacts'),
    hospitalSpells: reader('hospitalSpells'),
    legalStatuses: reader('legalStatuses'),
    referrals: reader('referrals'),
    async *pointers() {
      yield* pointers;
    },
    unmapped: () => new Map(),
    ready: async () => {},
    close: async () => {},
  };
}
