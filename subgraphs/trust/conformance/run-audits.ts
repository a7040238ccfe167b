import { AUDITS, type Audit } from './audits.ts';
import { Broken, NotShown, type TrustUnderAudit } from './trust-under-audit.ts';

/** What came of an audit. */
export type Outcome =
  | { readonly audit: Audit; readonly kept: true }
  | { readonly audit: Audit; readonly kept: false; readonly reason: string }
  /** There was nothing to see it by. */
  | { readonly audit: Audit; readonly kept: null; readonly reason: string };

/** Puts a trust's subgraph through every audit, one after the other, and tells each outcome as it comes. */
export async function* runAudits(trust: TrustUnderAudit): AsyncGenerator<Outcome> {
  for (const audit of AUDITS) {
    try {
      await audit.check(trust);
      yield { audit, kept: true };
    } catch (error) {
      if (error instanceof NotShown) yield { audit, kept: null, reason: error.message };
      else if (error instanceof Broken) yield { audit, kept: false, reason: error.message };
      else
        yield { audit, kept: false, reason: `The request failed: ${error instanceof Error ? error.name : 'unknown'}.` };
    }
  }
}

/** Whether a trust can take part: it breaks no MUST. */
export const mayTakePart = (outcomes: readonly Outcome[]): boolean =>
  outcomes.every(({ audit, kept }) => kept !== false || !audit.name.startsWith('MUST'));
