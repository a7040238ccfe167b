import { buildASTSchema, type DocumentNode, type GraphQLSchema, Kind, parse, validate } from 'graphql';
import { writeRequest } from './ask.ts';
import { own } from './complete.ts';
import type { Clock } from './patience.ts';
import type { Unit } from './unit.ts';

/** Asks for a subgraph's own schema (Apollo Federation subgraph specification, `_service`). */
export const CONTRACT_QUERY = 'query Contract { _service { sdl } }';

const REMEMBERED_MS = 5 * 60_000;

/** A longer schema is not read: reading it would hold up the requests of everybody else. */
const LONGEST_CONTRACT = 500_000;

interface Known {
  /** `null` when the custodian does not say what it serves. */
  readonly schema: GraphQLSchema | null;
  readonly until: number;
}

/**
 * What custodians serve, learnt from those that could not answer a request as a whole: one that runs an older version of
 * the contract is then asked for what it knows, and only the rest is missing. It forgets after five minutes, so that a
 * custodian that has caught up is soon asked for everything again. It holds nothing of any entity.
 */
export class Contracts {
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether something has been learnt of a custodian lately. */
  knows(custodian: string): boolean {
    const known = this.#known.get(custodian);
    return known !== undefined && known.until > this.#clock.elapsed();
  }

  /** Learns from what a custodian answered to `CONTRACT_QUERY`, whatever it is. */
  learn(custodian: string, body: unknown): void {
    this.#known.set(custodian, { schema: readContract(body), until: this.#clock.elapsed() + REMEMBERED_MS });
  }

  /** Whether a custodian serves what a list asks, as far as is known. */
  serves(custodian: string, unit: Unit): boolean {
    const known = this.#known.get(custodian);
    if (!known?.schema || known.until <= this.#clock.elapsed()) return true;
    return validate(known.schema, parse(writeRequest([{ unit, key: '' }]).query)).length === 0;
  }
}

/** Whether an answer says that the request itself could not be carried out (GraphQL specification, Request Errors). */
export function isRequestError(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || (own(body, 'data') ?? null) !== null) return false;
  const errors = own(body, 'errors');
  return Array.isArray(errors) && errors.length > 0;
}

function readContract(body: unknown): GraphQLSchema | null {
  const sdl = ['data', '_service', 'sdl'].reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? own(value, key) : undefined),
    body,
  );
  if (typeof sdl !== 'string' || sdl.length > LONGEST_CONTRACT) return null;
  try {
    const document = parse(sdl);
    return buildASTSchema(withEntities(document), { assumeValid: true, assumeValidSDL: true });
  } catch {
    return null;
  }
}

/** The schema that a subgraph serves leaves out what federation adds to it, and may extend types that it does not define. */
function withEntities(document: DocumentNode): DocumentNode {
  const defined = new Set<string>();
  const objects = new Set(['Query']);
  const entities = new Set<string>();
  for (const definition of document.definitions) {
    if (!('name' in definition) || !definition.name) continue;
    const { kind, name } = definition;
    const isObject = kind === Kind.OBJECT_TYPE_DEFINITION || kind === Kind.OBJECT_TYPE_EXTENSION;
    if (isObject) objects.add(name.value);
    if (kind !== Kind.OBJECT_TYPE_EXTENSION) defined.add(name.value);
    if (isObject && definition.directives?.some((directive) => directive.name.value === 'key'))
      entities.add(name.value);
  }
  if (entities.size === 0) return document;
  const missing = [
    ...[...objects].filter((name) => !defined.has(name)).map((name) => `type ${name}`),
    defined.has('_Any') ? '' : 'scalar _Any',
    defined.has('_Entity') ? '' : `union _Entity = ${[...entities].join(' | ')}`,
    'extend type Query { _entities(representations: [_Any!]!): [_Entity]! }',
  ];
  return { ...document, definitions: [...document.definitions, ...parse(missing.join('\n')).definitions] };
}
