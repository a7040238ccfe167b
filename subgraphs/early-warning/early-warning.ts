import { buildSubgraphSchema } from '@apollo/subgraph';
import { contract } from '@caregraph/schema/contract.ts';
import { scalars } from '@caregraph/schema/scalars.ts';
import { refuse } from '@caregraph/service/errors.ts';
import { type GraphQLSchema, parse } from 'graphql';
import {
  attentionOf,
  evaluate,
  gapInWords,
  type RuleInForce,
  statusOf,
  type Warning,
  type WarningsStatus,
} from './evaluate.ts';
import { type HandedOver, handedOver } from './handed-over.ts';
import type { Picture } from './picture.ts';
import { momentOf, readPicture } from './read-picture.ts';
import type { Event } from './rule.ts';

/** The largest request that is read: the whole histories of a caseload. */
export const BODY_LIMIT_BYTES = 64 * 1024 * 1024;

/** What the resolvers know of one request. */
export interface EarlyWarningContext {
  readonly now: Date;
}

/** A patient as the gateway has handed it over, in one request. */
interface Patient {
  readonly __typename: 'Patient';
  readonly nhsNumber: string;
  readonly said: (asOf: string | null, now: Date) => Said;
}

/** What there is to say of a patient at a moment. */
interface Said {
  readonly picture: Picture;
  readonly warnings: readonly Warning[];
}

interface AsOf {
  readonly asOf?: string | null;
}

interface Organisation {
  readonly odsCode: string;
  readonly name: string;
}

/**
 * The early-warning subgraph (`schema/early-warning.graphql`) with its resolvers, for Apollo Federation 2. It keeps nothing: what
 * it says is worked out from what is handed over with the question, and is gone with the answer.
 */
export function createEarlyWarning(rules: readonly RuleInForce[]): GraphQLSchema {
  const resolvers = {
    ...scalars,
    Query: { warningRules: () => rules.map(described) },
    Patient: {
      // A promise each, so that one that cannot be read costs none of the others.
      __resolveReference: async (representation: object) => patientOf(rules, representation),
      warnings: ({ said }: Patient, { asOf }: AsOf, { now }: EarlyWarningContext): object[] => {
        const { picture, warnings } = said(asOf ?? null, now);
        return warnings.map((warning) => shown(warning, picture));
      },
      warningsStatus: ({ said }: Patient, { asOf }: AsOf, { now }: EarlyWarningContext): WarningsStatus =>
        statusOf(said(asOf ?? null, now).warnings),
      attention: ({ said }: Patient, { asOf }: AsOf, { now }: EarlyWarningContext): number =>
        attentionOf(said(asOf ?? null, now).warnings),
    },
  };
  return buildSubgraphSchema([{ typeDefs: parse(contract('early-warning')), resolvers }]);
}

function patientOf(rules: readonly RuleInForce[], representation: object): Patient {
  const patient = read(representation);
  const known = new Map<string | null, Said>();
  return {
    __typename: 'Patient',
    nhsNumber: patient.nhsNumber,
    said(asOf, now) {
      let said = known.get(asOf);
      if (!said) {
        const picture = readPicture(patient, asOf === null ? null : momentOf(asOf), now.getTime());
        said = { picture, warnings: evaluate(rules, picture) };
        known.set(asOf, said);
      }
      return said;
    },
  };
}

/** @throws GraphQLError `INVALID_PARAMETER` for what no gateway hands over; it says where, and never what stands there. */
function read(representation: object): HandedOver {
  const result = handedOver.safeParse(representation);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.filter((part) => typeof part === 'string').join('.') ?? '';
  throw refuse('INVALID_PARAMETER', `A patient was not handed over as the schema requires: see "${where}".`);
}

function shown({ since, events, window, evaluatedOver, missing, ...warning }: Warning, { nameOf }: Picture): object {
  const organisation = (odsCode: string): Organisation => ({ odsCode, name: nameOf(odsCode) });
  return {
    ...warning,
    since: since === null ? null : text(since),
    events: events.map(({ at, custodian, ...event }: Event) => ({
      ...event,
      date: text(at),
      custodian: organisation(custodian),
    })),
    window: window && `${text(window.from)}/${text(window.to)}`,
    evaluatedOver: evaluatedOver.map(organisation),
    missing: missing.map(gapInWords),
  };
}

const text = (moment: number): string => new Date(moment).toISOString();

function described({ rule, values }: RuleInForce): object {
  const { id, severity, says, evidence, source, parameters, reads } = rule;
  return {
    id,
    severity,
    says,
    evidence,
    source,
    reads,
    parameters: Object.entries(parameters).map(([name, { description, unit, default: usual }]) => ({
      name,
      description,
      unit,
      default: usual,
      value: values[name] ?? usual,
    })),
  };
}
