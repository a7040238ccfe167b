import type { BaseContext } from '@apollo/server';
import type { Caller } from './access/caller.ts';
import type { FederationContext } from './federation/gateway.ts';

/** What is known of a request while it is answered. Nothing of it outlives the request. */
export interface RequestContext extends BaseContext, FederationContext {
  readonly caller: Caller;
}
