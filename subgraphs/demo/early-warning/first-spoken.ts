import { evaluate, type RuleInForce } from '@caregraph/early-warning/evaluate.ts';
import type { HandedOver } from '@caregraph/early-warning/handed-over.ts';
import { momentOf, readPicture } from '@caregraph/early-warning/read-picture.ts';
import { addDays, startOfDay, ukDate } from '@caregraph/service/uk-time.ts';
import type { LocalDate } from '@caregraph/trust/records.ts';

/**
 * The first day, by the UK calendar, at whose end each rule would have spoken of a patient, from what had been recorded by then.
 * A rule that would never have spoken is not in it.
 */
export function firstSpoken(
  rules: readonly RuleInForce[],
  patient: HandedOver,
  until: LocalDate,
): Map<string, LocalDate> {
  const first = new Map<string, LocalDate>();
  const begins = firstDay(patient);
  if (begins === null) return first;
  for (let day = begins; day <= until; day = addDays(day, 1)) {
    const end = startOfDay(addDays(day, 1)) - 1;
    for (const { rule, status } of evaluate(rules, readPicture(patient, end, end))) {
      if (status === 'RAISED' && !first.has(rule)) first.set(rule, day);
    }
  }
  return first;
}

/** The day of the first thing that happened; `null` when nothing did. */
function firstDay({
  careContactHistory,
  hospitalSpellHistory,
  legalStatusHistory,
  referralHistory,
}: HandedOver): LocalDate | null {
  const starts = [careContactHistory, hospitalSpellHistory, legalStatusHistory, referralHistory].flatMap((list) =>
    (list ?? []).map(({ start }) => momentOf(start)),
  );
  return starts.length === 0 ? null : ukDate(new Date(Math.min(...starts)));
}
