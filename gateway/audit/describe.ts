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
  if (patients.length === 0) return null;
  const recordTypes = new Set(look.otherFields);
  const custodians = asked.flatMap(({ key, answers }) =>
    [...answers].map(([custodian, answered]) => {
      for (const { rule } of answered) recordTypes.add(rule.field);
      return {
        patient: patients.indexOf(String(key)),
        custodian,
        outcome: sourceOf(custodian, answered).status,
        records: answered.reduce((count, { outcome }) => count + outcome.records.length, 0),
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
  const given = Object.values(data ?? {}).some((value) => value !== null);
  if (!given && errors.length > 0) return 'FAILED';
  return errors.length > 0 ? 'PARTIAL' : 'RELEASED';
}
