import type { Key } from './complete.ts';
import type { ListRule } from './rules.ts';

/**
 * How much of one list of one entity a custodian shares with whoever asks: what is in it; only that it holds something of
 * the entity; or not even that.
 */
export type Share = 'CONTENT' | 'POINTER' | 'NOTHING';

/** What is shared with whoever asks: decided elsewhere, and before anybody is asked. */
export type Sharing = (
  custodian: string,
  entity: { readonly type: string; readonly key: Key },
  list: Pick<ListRule, 'field' | 'sharedAs'>,
) => Share;
