import type { BaseContext } from '@apollo/server';
import type { Caller } from './access/caller.ts';
import type { Replay } from './federation/replay.ts';
import type { Patience } from './gather/patience.ts';

/** What is known of a request before it is read. Nothing of it outlives the request. */
export interface RequestContext extends BaseContext {
  readonly caller: Caller;
  readonly patience: Patience;
  readonly replay: Replay;
}
