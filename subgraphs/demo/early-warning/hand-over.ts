import { type HandedOver, handedOver } from '@caregraph/early-warning/handed-over.ts';
import type { NHSNumber, ODSCode } from '@caregraph/trust/records.ts';
import { consortiumTrust } from '../consortium.ts';
import type { PatientRecords } from '../population/patient-records.ts';

/** What a trust holds of a patient. */
export type Held = Omit<PatientRecords, 'nhsNumber'>;

/**
 * A patient as the gateway would hand it over to the early-warning subgraph, when each of these trusts has answered everything:
 * to look at one without thirteen servers. What is restricted does not leave its trust.
 */
export function handOver(nhsNumber: NHSNumber, held: ReadonlyMap<ODSCode, Held>): HandedOver {
  const open = [...held].filter(([, { restricted }]) => !restricted);
  const list = <Record extends { readonly id: string }>(records: (held: Held) => readonly Record[]) =>
    open.flatMap(([odsCode, each]) =>
      records(each)
        .filter(({ id }) => !each.restrictedRecords.has(id))
        .map((record) => ({ ...record, id: `${odsCode}:${record.id}`, custodian: custodian(odsCode) })),
    );
  return handedOver.parse({
    nhsNumber,
    pointers: list((each) => [...each.crisisPlans.filter(({ status }) => status === 'ACTIVE'), ...each.paperPlans]),
    demographicsHistory: list(({ demographics }) => [demographics]),
    crisisPlanHistory: list(({ crisisPlans }) => crisisPlans),
    careContactHistory: list(({ careContacts }) => careContacts),
    hospitalSpellHistory: list(({ hospitalSpells }) => hospitalSpells),
    legalStatusHistory: list(({ legalStatuses }) => legalStatuses),
    referralHistory: list(({ referrals }) => referrals),
    historySources: open.map(([odsCode]) => ({ custodian: custodian(odsCode), status: 'ANSWERED', missing: [] })),
    historyLocated: true,
  });
}

const custodian = (odsCode: ODSCode): { odsCode: ODSCode; name: string } => consortiumTrust(odsCode);
