import { type Head, type LineBody, NO_LINES, shipmentAnswer } from '@caregraph/service/audit/chain.ts';
import type { AuditSigner } from '@caregraph/service/audit/keys.ts';
import { type ChainState, compose } from './compose.ts';
import type { Send } from './shipper.ts';

export interface DirectOptions {
  readonly gateway: string;
  readonly signer: AuditSigner;
  readonly send: Send;
  readonly newId: () => string;
}

/** A chain that is kept at the access subgraph alone, line by line as it is written, while the disk cannot be. */
export class DirectChain {
  readonly #options: DirectOptions;
  #state: ChainState | null = null;
  /** What was kept for certain of each chain since the journal was last told. */
  readonly #kept = new Map<string, Head>();

  constructor(options: DirectOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the access subgraph keeps these.
   *
   * @throws when that is not certain. It may keep them: the next lines then begin another chain.
   */
  async append(bodies: readonly LineBody[], at: string): Promise<void> {
    const { gateway, signer, send, newId } = this.#options;
    const from = this.#state ?? { chain: newId(), head: NO_LINES, unsigned: 0 };
    const first: LineBody[] = this.#state ? [] : [{ kind: 'opened', gateway, medium: 'direct' }];
    const { lines, state } = compose(from, [...first, ...bodies], { signer, at, signed: true });
    this.#state = null;
    const { upTo } = shipmentAnswer.parse(await send('/audit/lines', { chain: state.chain, lines }));
    if (upTo !== state.head.seq) throw new Error('The access subgraph has not kept what it was sent.');
    this.#state = state;
    this.#kept.set(state.chain, state.head);
  }

  /** Lines for the journal that say which chains hold what it does not. */
  kept(): LineBody[] {
    return [...this.#kept].map(([chain, head]) => ({ kind: 'elsewhere', other: { chain, ...head } }));
  }

  /** The journal has these lines now. Whatever is appended next begins another chain. */
  leave(): void {
    this.#kept.clear();
    this.#state = null;
  }
}
