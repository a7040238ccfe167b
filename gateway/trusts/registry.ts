import type { Custodians } from '../gather/gather.ts';
import { byText } from '../gather/merge.ts';

/** A trust that can be asked. */
export interface Trust {
  readonly odsCode: string;
  readonly name: string;
  /** The address of its subgraph. */
  readonly url: string;
  /** Other addresses of the same, where it publishes more than one. */
  readonly also?: readonly string[] | undefined;
}

/** The trusts of a configuration: which there are, what they are called, and where each is asked. */
export class Registry implements Custodians {
  readonly codes: readonly string[];
  readonly #trusts: ReadonlyMap<string, Trust>;

  constructor(trusts: readonly Trust[]) {
    this.#trusts = new Map(trusts.map((trust) => [trust.odsCode, trust]));
    this.codes = [...this.#trusts.keys()].sort(byText);
  }

  /** `undefined` for a trust that is not known here. */
  trust(odsCode: string): Trust | undefined {
    return this.#trusts.get(odsCode);
  }

  /** A trust as an `Organisation` of the schema; one that is not known here has no name. */
  readonly describe = (odsCode: string): { readonly odsCode: string; readonly name: string | null } => ({
    odsCode,
    name: this.#trusts.get(odsCode)?.name ?? null,
  });
}
