import type { GatewayGraphQLRequestContext } from '@apollo/server-gateway-interface';
import { refuse } from '@caregraph/service/errors.ts';
import {
  type DocumentNode,
  type GraphQLError,
  type OperationDefinitionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { Remaining } from './field-remaining.ts';
import type { FieldRules, Refusals } from './field-rules.ts';
import { eachSelected, fragmentsOf } from './field-selection.ts';

/** A valid operation of a document, and the schema that clients see. */
export type Asked = Pick<GatewayGraphQLRequestContext, 'schema' | 'document' | 'operation'>;

/** An operation of which something is refused. */
export interface RefusedFields {
  readonly asked: Asked;
  /**
   * What is to be executed in the operation's place: all of it that is not refused, in its order, and all its variables,
   * used or not. `null` when nothing is to be executed: nothing is left, or what is left cannot be planned.
   */
  readonly remaining: { readonly document: DocumentNode; readonly operation: OperationDefinitionNode } | null;
  /**
   * Every field of the operation that is refused, such as `Patient.alerts`, whatever its conditions will say; in the order of
   * the alphabet. What remains follows from the operation and these alone. They hold nothing that a client wrote.
   */
  readonly fields: readonly string[];
  /** Why not even what is left can be executed; `null` when it can. */
  readonly fault: GraphQLError | null;
  readonly refusals: Refusals;
  /** The response key under which an object of which something is changed says its type. */
  readonly typeAlias: string;
  /** What the operation selects of fields in which, or below which, something is not as it was asked. */
  readonly changed: ReadonlySet<SelectionSetNode>;
}

/**
 * Takes out of an operation what a role may not select. What was decided is kept for as long as the document is.
 *
 * @returns `null` when nothing of it is refused.
 */
export function refuseFields(rules: FieldRules, asked: Asked, role: string): RefusedFields | null {
  const refusals = rules.refusedTo(role);
  if (refusals.size === 0) return null;
  const known = decided.get(asked.operation) ?? new WeakMap<Refusals, RefusedFields | null>();
  decided.set(asked.operation, known);
  let refused = known.get(refusals);
  if (refused === undefined) {
    refused = unlessTooDeep(asked, refusals);
    known.set(refusals, refused);
  }
  return refused;
}

const decided = new WeakMap<OperationDefinitionNode, WeakMap<Refusals, RefusedFields | null>>();

function decide(asked: Asked, refusals: Refusals): RefusedFields | null {
  const { schema, document, operation } = asked;
  const selecting = { schema, fragments: fragmentsOf(document), refusals, isIncluded: () => true };
  const fields = new Set<string>();
  eachSelected(selecting, operation, (node, type, refusal) => {
    if (refusal !== undefined) fields.add(`${type.name}.${node.name.value}`);
  });
  if (fields.size === 0) return null;
  const typeAlias = freeAlias(document);
  const left = new Remaining(selecting, typeAlias);
  const remaining = left.of(operation);
  const fault = left.copies > MOST_COPIES ? TOO_MANY_COPIES : null;
  return {
    asked,
    remaining: fault ? null : remaining,
    fields: [...fields].sort(),
    fault,
    refusals,
    typeAlias,
    changed: left.changed,
  };
}

/**
 * How often, at the most, something may have to be asked below fields that are asked of one type after another, all
 * fragments written out: it doubles and more with every level, and takes the planner longer still.
 */
const MOST_COPIES = 250;

const TOO_MANY_COPIES = refuse(
  'GRAPHQL_VALIDATION_FAILED',
  'Ask less far down through interfaces: some of their types refuse you these fields, and of the others too much would have to be asked one by one.',
);

/** Decides, unless the operation goes down further than there is room to follow it. */
function unlessTooDeep(asked: Asked, refusals: Refusals): RefusedFields | null {
  try {
    return decide(asked, refusals);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { asked, remaining: null, fields: [], fault: TOO_DEEP, refusals, typeAlias: '', changed: new Set() };
  }
}

const TOO_DEEP = refuse('GRAPHQL_VALIDATION_FAILED', 'Ask less far down: the operation has too many levels.');

/** A response key that stands nowhere in a document. */
function freeAlias(document: DocumentNode): string {
  const taken = new Set<string>();
  visit(document, { Field: ({ alias, name }) => void taken.add((alias ?? name).value) });
  let alias = 'ofType';
  for (let n = 1; taken.has(alias); n++) alias = `ofType${n}`;
  return alias;
}
