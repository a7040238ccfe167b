import { setTimeout as sleep } from 'node:timers/promises';
import { askOnce } from './load.ts';
import { TRUST_CODES } from './truth.ts';
import type { World } from './world.ts';

/** Longer than anything here takes to recover. */
const PATIENT_MS = 30_000;

/** Patients whom a trust knows, and of whom it holds something of what is asked. */
export const patientsOfTrust = ({ truth }: World, odsCode: string): readonly string[] =>
  truth.patients.filter(
    (each) => truth.known(each).includes(odsCode) && truth.records(odsCode, each, 'contacts').length > 0,
  );

/**
 * Asks about a patient of a trust until the trust answers again.
 *
 * @returns how long that took, in milliseconds.
 * @throws when it is not used again in half a minute.
 */
export async function untilUsed(world: World, odsCode: string): Promise<number> {
  const [patient = ''] = patientsOfTrust(world, odsCode);
  const start = performance.now();
  while (performance.now() - start < PATIENT_MS) {
    const { verdicts } = await askOnce(world, [patient]);
    if (verdicts[0]?.sources.get(odsCode)?.status.startsWith('ANSWERED')) return performance.now() - start;
    await sleep(50);
  }
  throw new Error(`${odsCode} is well, and was not used again within ${PATIENT_MS / 1_000} s.`);
}

/** Makes everything well, and waits until every trust is used again: what a fault leaves behind is not the next one's. */
export async function settle(world: World): Promise<void> {
  await world.heal();
  for (const odsCode of TRUST_CODES) await untilUsed(world, odsCode);
}
