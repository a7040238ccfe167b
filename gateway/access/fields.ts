import type { GatewayGraphQLRequestContext } from '@apollo/server-gateway-interface';
import type { DocumentNode, OperationDefinitionNode } from 'graphql';
import type { FieldRules } from './field-rules.ts';

/** An operation as it was sent: validated, and one of its document's. */
export type Asked = Pick<GatewayGraphQLRequestContext, 'schema' | 'document' | 'operation'>;

/** An operation of which something is refused. */
export interface RefusedFields {
  readonly asked: Asked;
  /** What is to be executed in its place; `null` when nothing is left of it, and nothing is to be executed. */
  readonly remaining: { readonly document: DocumentNode; readonly operation: OperationDefinitionNode } | null;
  /**
   * Every field of it that is refused, such as `Patient.alerts`, whatever its conditions turn out to be. What remains follows
   * from the operation and these alone.
   */
  readonly fields: readonly string[];
}

/** @returns `null` when nothing of the operation is refused to the role. */
export function refuseFields(_rules: FieldRules, _asked: Asked, _role: string): RefusedFields | null {
  throw new Error('Not yet.');
}
