import type { GatewayExecutionResult } from '@apollo/server-gateway-interface';
import type { AuditEntry, AuditResult } from '@caregraph/service/audit/entry.ts';
import type { Caller } from '../access/caller.ts';
import type { OperationFacts } from '../access/operation.ts';
import { sourceOf } from '../gather/manifest.ts';
import type { GatherScope } from '../gather/scope.ts';

/** What one operation has come to. */
export interface Look {
  readonly id: string;
  readonly at: Date;
  readonly caller: Caller;
  /** The ids of the grants that it relied upon. */
  readonly breakGlass: readonly string[];
  readonly operation: OperationFacts;
  /** The fields of patients, other than gathered lists, that it was told, such as `pointers`. */
  readonly otherFields: readonly string[];
  /** The patients that it named, or that its answer shows. */
  readonly patients: readonly string[];
  readonly gather: GatherScope | null;
  /** Whether the caller may have none of what was asked. */
  readonly refused: boolean;
  readonly result: Pick<GatewayExecutionResult, 'data' | 'errors'>;
}

/** The audit's entry of an operation; `null` for one that touched no patient. */
export function entryOf(look: Look): AuditEntry | null {
  const { id, at, caller, breakGlass, operation, gather } = look;
  const asked = gather?.everything() ?? [];
  const patients = [...new Set([...look.patients, ...asked.map(({ key }) => String(key))])];
  // What is about patients is looked at as well by one who does not ask for their numbers.
  if (patients.length === 0 && !operation.isAboutEntities) return null;
  const recordTypes = new Set(look.otherFields);
  const custodians = asked.flatMap(({ key, answers, given }) =>
    [...answers].map(([custodian, answered]) => {
      for (const { rule } of answered) recordTypes.add(rule.sharedAs);
      const records = given(custodian);
      return {
        patient: patients.indexOf(String(key)),
        custodian,
        outcome: sourceOf(custodian, answered).status,
        records: records.shown,
        ...(records.read > 0 && { read: records.read }),
      };
    }),
  );
  return {
    id,
    at: at.toISOString(),
    caller: { ...caller },
    breakGlass: [...breakGlass],
    patients,
    operation: {
      kind: operation.kind,
      name: operation.name,
      hash: operation.hash,
      fields: [...operation.rootFields],
    },
    recordTypes: [...recordTypes],
    custodians,
    result: resultOf(look),
  };
}

function resultOf({ refused, result: { data, errors = [] } }: Look): AuditResult {
  if (refused) return 'REFUSED';
  if (errors.length === 0) return 'RELEASED';
  if (tellsAnything(data)) return 'PARTIAL';
  return errors.every(({ extensions }) => MAY_NOT.has(extensions.code)) ? 'REFUSED' : 'FAILED';
}

/** The codes that say of an answer's part that it is not for this caller. */
const MAY_NOT: ReadonlySet<unknown> = new Set(['FORBIDDEN', 'NOT_SHARED', 'ACCESS_DENIED']);

/** Whether there is anything in an answer but `null`: an empty list tells something as well. */
function tellsAnything(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0 || value.some(tellsAnything);
  if (typeof value === 'object' && value !== null) return Object.values(value).some(tellsAnything);
  return value !== null && value !== undefined;
}
