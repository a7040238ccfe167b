import type { Custodians } from '../gather/gather.ts';
import { byText } from '../gather/merge.ts';

/** A trust that can be asked. */
export interface Trust {
  readonly odsCode: string;
  readonly name: string;
  /** The address of its subgraph. */
  readonly url: string;
}

/** The trusts of a configuration: which there are, what they are called, and where each is asked. */
export class Registry implements Custodians {
  readonly codes: readonly string[];
  readonly #trusts: ReadonlyMap<string, Trust>;

  constructor(trusts: readonly Trust[]) {
    this.#trusts = new Map(trusts.map((trust) => [trust.odsCode, trust]));
    this.codes = [...this.#trusts.keys()].sort(byText);
  }

  /** The address of a trust's subgraph; `undefined` for one that is not known here. */
  address(odsCode: string): string | undefined {
    return this.#trusts.get(odsCode)?.url;
  }

  /** A trust as an `Organisation` of the schema; one that is not known here has no name. */
  readonly describe = (odsCode: string): { readonly odsCode: string; readonly name: string | null } => ({
    odsCode,
    name: this.#trusts.get(odsCode)?.name ?? null,
  });
}
