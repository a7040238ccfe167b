import type { LocalDate, ODSCode } from '@caregraph/trust/records.ts';
import type { PatientRecords } from './population/patient-records.ts';
import { populationOf } from './population/population.ts';
import { stories } from './stories/stories.ts';

/** What the population of the demo is made from: the same people every day, whose dates move along. */
const SEED = 'caregraph';
const SIZE = 2_100;

/** What a trust of the demo holds, of the generated patients and of those with a story. All of them are made up. */
export function patientsOf(odsCode: ODSCode, today: LocalDate): PatientRecords[] {
  const told = [...stories(today).values()].flatMap(({ nhsNumber, held }) => {
    const records = held.get(odsCode);
    return records ? [{ nhsNumber, ...records }] : [];
  });
  return [...told, ...populationOf(odsCode, { seed: SEED, today, size: SIZE })];
}
