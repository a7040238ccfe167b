import type { GatewayExecutionResult } from '@apollo/server-gateway-interface';
import type { RefusedFields } from './fields.ts';

/** The answer as the caller gets it. `null` is the answer to an operation of which nothing was left to execute. */
export function tellRefused(
  _answer: GatewayExecutionResult | null,
  _refused: RefusedFields,
  _variables: Readonly<Record<string, unknown>> | undefined,
): GatewayExecutionResult {
  throw new Error('Not yet.');
}
