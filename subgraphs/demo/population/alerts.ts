import type { Alert, AlertStatus, LocalDate } from '@caregraph/trust/records.ts';
import { at, daysAgo } from './calendar.ts';
import { localCode } from './codes.ts';
import type { Person } from './person.ts';
import type { Random } from './random.ts';
import type { Trust } from './trusts.ts';
import { word } from './wording.ts';
import { ALERTS, type AlertWording } from './words/alerts.ts';
import { CLINICIANS, PLAN_AUTHORS } from './words/names.ts';

/** Alerts that a trust has raised about a patient, at most one of each category and code. */
export function makeAlerts(
  person: Person,
  { trust, today, began, count }: { trust: Trust; today: LocalDate; began: number; count: number },
  id: () => string,
  random: Random,
): Alert[] {
  const fit = ALERTS.filter(
    (alert) =>
      (alert.for?.some((trait) => person.traits.has(trait)) ?? true) &&
      !alert.not?.some((trait) => person.traits.has(trait)),
  );
  // What is owed to somebody with a particular need is what a trust is likeliest to have written down.
  const particular = fit.filter((alert) => alert.for !== undefined);
  const chosen = [...random.sample(particular, Math.ceil(count / 2)), ...random.sample(fit, count)];
  return [...new Set(chosen)].slice(0, count).map((wording) => raise(person, wording));

  function raise({ diedDaysAgo, voice, facts }: Person, { category, code, priorities, texts }: AlertWording): Alert {
    const status: AlertStatus =
      diedDaysAgo === null ? random.weighted({ ACTIVE: 80, INACTIVE: 16, ENTERED_IN_ERROR: 4 }) : 'INACTIVE';
    const earliest = diedDaysAgo === null ? 2 : diedDaysAgo + 1;
    const raised = random.int(earliest, earliest + began);
    const changed = status === 'ACTIVE' ? random.int(earliest, raised) : random.int(1, raised);
    const lastUpdated = at(daysAgo(today, changed), random.int(17 * 60, 20 * 60));
    return {
      id: id(),
      lastUpdated,
      status,
      category,
      code: localCode(...code),
      text: word(random.pick(texts), { voice, facts }, random),
      priority: random.chance(0.9) ? random.pick(priorities) : null,
      start: at(daysAgo(today, raised), random.int(8 * 60, 16 * 60)),
      end: status === 'INACTIVE' ? lastUpdated : null,
      author: random.chance(0.85)
        ? { name: random.pick(CLINICIANS), jobTitle: random.pick(PLAN_AUTHORS), organisation: trust.name }
        : null,
    };
  }
}
