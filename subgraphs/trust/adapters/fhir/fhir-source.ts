import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { ConfigError } from '@caregraph/service/config.ts';
import type { z } from 'zod';
import type { NHSNumber } from '../../records.ts';
import {
  type Ask,
  type Batch,
  type Pointer,
  type RecordTypes,
  type TrustSource,
  UnsupportedRecordType,
} from '../../source.ts';
import { followAppointment, mapAppointment } from './appointment.ts';
import { followCarePlan, mapCarePlan } from './care-plan.ts';
import { followCareTeam, mapCareTeam } from './care-team.ts';
import { NHS_NUMBER_SYSTEM } from './codes.ts';
import type { fhirSourceConfig } from './config.ts';
import { followDocumentReference, mapDocumentReference } from './document-reference.ts';
import { type Element, Malformed, type Resource } from './element.ts';
import { followEncounter, mapMeeting, mapStay } from './encounter.ts';
import { mapEpisodeOfCare } from './episode-of-care.ts';
import { createFhirServer, FhirServerError, type Limits, UnknownTypeError } from './fhir-server.ts';
import { followFlag, mapFlag } from './flag.ts';
import { isRestricted, type Mapper, type MappingContext } from './mapping.ts';
import { createPace } from './pace.ts';
import { followGeneralPractice, followPatient, mapDemographics, mapPatientContacts, nhsNumberOf } from './patient.ts';
import { pointersTo } from './pointers.ts';
import { createReading, type PatientResourceType, type Reading } from './reading.ts';
import { mapRelatedPerson } from './related-person.ts';
import { isSafeAddress } from './url.ts';

export { fhirSourceConfig } from './config.ts';

/** A trust's configuration of this adapter, and what a process gives it. */
export interface FhirSourceOptions extends z.input<typeof fhirSourceConfig> {
  readonly clock: () => Date;
  readonly limits?: Partial<Omit<Limits, 'timeoutMs'>>;
}

const LIMITS: Omit<Limits, 'timeoutMs'> = {
  connections: 16,
  answerBytes: 16 * 1024 * 1024,
  pageSize: 200,
  pages: 1_000,
};

/** The trust may hold more patients than one of them has records. */
const PATIENT_PAGES = 100_000;

/** Where the records of one type come from. */
interface Origin<R> {
  readonly from: 'Patient' | PatientResourceType;
  readonly map: Mapper<R>;
  /** The references to look up beforehand. */
  readonly follow: (resource: Resource) => readonly Element[];
  /** Whose resources of the patient are read as well, because references lead to them. */
  readonly beside?: PatientResourceType;
}

type Served = Omit<RecordTypes, 'legalStatuses'>;

const nothing = (): readonly Element[] => [];

const ORIGINS: { readonly [Type in keyof Served]: readonly Origin<Served[Type]>[] } = {
  demographics: [{ from: 'Patient', map: mapDemographics, follow: followGeneralPractice }],
  crisisPlans: [
    { from: 'CarePlan', map: mapCarePlan, follow: followCarePlan },
    { from: 'DocumentReference', map: mapDocumentReference, follow: followDocumentReference },
  ],
  contacts: [
    { from: 'Patient', map: mapPatientContacts, follow: followPatient },
    { from: 'RelatedPerson', map: mapRelatedPerson, follow: nothing },
    { from: 'CareTeam', map: mapCareTeam, follow: followCareTeam },
  ],
  alerts: [{ from: 'Flag', map: mapFlag, follow: followFlag }],
  careContacts: [
    { from: 'Encounter', map: mapMeeting, follow: followEncounter },
    { from: 'Appointment', map: mapAppointment, follow: followAppointment },
  ],
  hospitalSpells: [{ from: 'Encounter', map: mapStay, follow: followEncounter }],
  referrals: [{ from: 'EpisodeOfCare', map: mapEpisodeOfCare, follow: nothing, beside: 'CareTeam' }],
};

/**
 * A trust's records on a FHIR R4 server, by the mapping of docs/fhir.md. What cannot be mapped is left out and counted,
 * each time that it is read; restricted records are not there at all. NHS numbers never stand in an address.
 *
 * Rejects with `FhirServerError` when the server does not answer as it should; with `UnsupportedRecordType` for
 * `legalStatuses`, for which FHIR R4 has no resource, and for `referrals` when the server does not know EpisodeOfCare.
 */
export function createFhirSource(options: FhirSourceOptions): TrustSource {
  const { baseUrl, nhsNumberSystem = NHS_NUMBER_SYSTEM, timeoutMs = 5_000, tokenFile, clock } = options;
  const publicBaseUrl = (options.publicBaseUrl ?? baseUrl).replace(/\/+$/, '');
  if (!isSafeAddress(publicBaseUrl)) {
    throw new ConfigError('source.publicBaseUrl: an https address is needed, because baseUrl is none.');
  }
  const bases = [baseUrl, publicBaseUrl].map((each) => `${each.replace(/\/+$/, '')}/`);
  const token = tokenFile === undefined ? null : async () => (await readFile(tokenFile, 'utf8')).trim();
  const server = createFhirServer(baseUrl, { ...LIMITS, ...options.limits, timeoutMs }, token);
  const alertCategories = new Map(Object.entries(options.alertCategories ?? {}));
  const unmapped = new Map<string, number>();
  const readings = new WeakMap<AbortSignal, Reading>();
  const pace = createPace({
    elapsed: () => performance.now(),
    wait: (ms, signal) => setTimeout(ms, undefined, { signal }),
  });

  const leaveOut = (what: string, type: string, reason: string): void => {
    const key = `${what}: ${type}, ${reason}`;
    unmapped.set(key, (unmapped.get(key) ?? 0) + 1);
  };

  const newReading = (signal: AbortSignal): Reading =>
    createReading({
      server,
      bases,
      nhsNumberSystem,
      pace,
      signal,
      onUnmapped: ({ resourceType }, reason) => leaveOut('patients', resourceType, reason),
    });

  /** All that one request asks for is read together: its signal tells which request it is. */
  function readingOf(signal: AbortSignal): Reading {
    let reading = readings.get(signal);
    if (!reading) {
      reading = newReading(signal);
      readings.set(signal, reading);
    }
    return reading;
  }

  function reader<Type extends keyof Served>(
    type: Type,
  ): (nhsNumbers: readonly NHSNumber[], ask: Ask) => Promise<Batch<Served[Type]>> {
    return async (nhsNumbers, { signal }) => {
      const reading = readingOf(signal);
      const read = async (nhsNumber: NHSNumber): Promise<readonly [NHSNumber, readonly Served[Type][]]> => {
        const patients = await reading.patients(nhsNumber);
        const parts = await Promise.all(
          patients.flatMap((patient) =>
            ORIGINS[type].map((origin) => readOrigin(reading, type, origin, nhsNumber, patient)),
          ),
        );
        // An appointment of a person whom the server holds twice may be of both.
        const byId = new Map(parts.flat().map((record) => [record.id, record]));
        return [nhsNumber, [...byId.values()]];
      };
      return new Map(await Promise.all(nhsNumbers.map(read)));
    };
  }

  async function readOrigin<R extends { readonly id: string }>(
    reading: Reading,
    type: keyof Served,
    { from, map, follow, beside }: Origin<R>,
    nhsNumber: NHSNumber,
    patient: Resource,
  ): Promise<readonly R[]> {
    const resources = from === 'Patient' ? [patient] : await reading.resources(from, patient);
    const atHand = beside && resources.length > 0 ? await reading.resources(beside, patient) : [];
    const resolve = await reading.follow(
      resources.flatMap((resource) => wellFormed(() => follow(resource))),
      atHand,
    );
    const context: MappingContext = { nhsNumber, now: clock(), publicBaseUrl, alertCategories, resolve };
    const records: R[] = [];
    for (const mapped of resources.flatMap((resource) => map(resource, context))) {
      if ('unmapped' in mapped) leaveOut(type, from, mapped.unmapped);
      else if (mapped.record.id.includes(nhsNumber)) leaveOut(type, from, 'an id that holds the NHS number');
      else records.push(mapped.record);
    }
    return records;
  }

  /** The resource types that the server names, as last seen. */
  let named: ReadonlySet<string> | null = null;

  async function look(signal: AbortSignal): Promise<ReadonlySet<string>> {
    named = await server.check(signal);
    return named;
  }

  const readReferrals = reader('referrals');

  /** Not every server knows episodes of care. One that does not is not asked, so that it is the same for every patient. */
  async function referrals(nhsNumbers: readonly NHSNumber[], ask: Ask): Promise<Batch<Served['referrals']>> {
    const unsupported = () => new UnsupportedRecordType('referrals', 'the FHIR server does not know EpisodeOfCare.');
    const types = named ?? (await look(ask.signal).catch(() => null));
    ask.signal.throwIfAborted();
    if (types && types.size > 0 && !types.has('EpisodeOfCare')) throw unsupported();
    try {
      return await readReferrals(nhsNumbers, ask);
    } catch (error) {
      throw error instanceof UnknownTypeError && error.type === 'EpisodeOfCare' ? unsupported() : error;
    }
  }

  async function* pointers(signal: AbortSignal): AsyncGenerator<Pointer> {
    const everybody = { identifier: `${nhsNumberSystem}|` };
    for await (const page of server.search('Patient', everybody, signal, PATIENT_PAGES)) {
      // A reading for each page, so that what was read for one is let go before the next.
      const reading = newReading(signal);
      const pages = page.flatMap(ownerOf).map(async ([nhsNumber, patient]) => {
        const plans = await Promise.all(
          ORIGINS.crisisPlans.map((origin) => readOrigin(reading, 'crisisPlans', origin, nhsNumber, patient)),
        );
        return pointersTo(nhsNumber, patient, plans.flat(), publicBaseUrl);
      });
      for (const made of (await Promise.all(pages)).flat()) {
        if ('pointer' in made) yield made.pointer;
        else leaveOut('pointers', 'Patient', made.unmapped);
      }
    }
  }

  function ownerOf(patient: Resource): readonly (readonly [NHSNumber, Resource])[] {
    try {
      if (isRestricted(patient)) return [];
      const number = nhsNumberOf(patient, nhsNumberSystem);
      if (typeof number === 'string') return [[number, patient]];
      leaveOut('pointers', 'Patient', number.unmapped);
      return [];
    } catch (error) {
      if (error instanceof Malformed)
        throw new FhirServerError('INVALID', 'The FHIR server answered a malformed Patient.');
      throw error;
    }
  }

  return {
    demographics: reader('demographics'),
    crisisPlans: reader('crisisPlans'),
    contacts: reader('contacts'),
    alerts: reader('alerts'),
    careContacts: reader('careContacts'),
    hospitalSpells: reader('hospitalSpells'),
    async legalStatuses() {
      throw new UnsupportedRecordType('legalStatuses', 'FHIR R4 has no resource for the Mental Health Act.');
    },
    referrals,
    pointers,
    unmapped: () => unmapped,
    async ready(signal) {
      await look(signal);
    },
    async close() {
      server.close();
    },
  };
}

/** What is malformed in a resource is the mapping's to say. */
function wellFormed(read: () => readonly Element[]): readonly Element[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof Malformed) return [];
    throw error;
  }
}
