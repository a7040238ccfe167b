/** A trust of the demo: one of the national pilot's eight, or of the West Midlands' five. */
export interface ConsortiumTrust {
  readonly odsCode: string;
  readonly name: string;
}

/** The demo's trusts, in the order of their ports. The names are those of the time of the pilot. */
export const CONSORTIUM: readonly ConsortiumTrust[] = [
  { odsCode: 'RV5', name: 'South London and Maudsley' },
  { odsCode: 'RW5', name: 'Lancashire Care' },
  { odsCode: 'RXA', name: 'Cheshire and Wirral Partnership' },
  { odsCode: 'RNN', name: 'Cumbria Partnership' },
  { odsCode: 'RV9', name: 'Humber' },
  { odsCode: 'RH5', name: 'Somerset Partnership' },
  { odsCode: 'RW4', name: 'Mersey Care' },
  { odsCode: 'RHA', name: 'Nottinghamshire Healthcare' },
  { odsCode: 'RXT', name: 'Birmingham and Solihull Mental Health' },
  { odsCode: 'TAJ', name: 'Black Country Partnership' },
  { odsCode: 'RYK', name: 'Dudley and Walsall Mental Health' },
  { odsCode: 'RYG', name: 'Coventry and Warwickshire Partnership' },
  { odsCode: 'RQ3', name: 'Forward Thinking Birmingham' },
];

/** The demo's trust with this code. @throws when there is none. */
export function consortiumTrust(odsCode: string): ConsortiumTrust {
  const trust = CONSORTIUM.find((one) => one.odsCode === odsCode);
  if (!trust) throw new Error(`${odsCode} is none of the demo's trusts.`);
  return trust;
}

/** The trust that runs on a FHIR server, loaded with HL7's own examples. */
export const FHIR_TRUST = 'RV5';

/** Where everything but the gateway listens, on 127.0.0.1. */
export interface Ports {
  readonly locator: number;
  readonly access: number;
  readonly earlyWarning: number;
  readonly fhir: number;
  readonly trust: (odsCode: string) => number;
}

/** The demo's ports, each moved by `shift`, for a second demo beside the first. */
export function portsOf(shift: number): Ports {
  return {
    locator: 4100 + shift,
    access: 4101 + shift,
    earlyWarning: 4102 + shift,
    fhir: 4301 + shift,
    trust: (odsCode) => 4201 + shift + CONSORTIUM.findIndex((trust) => trust.odsCode === odsCode),
  };
}
