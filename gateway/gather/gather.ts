import type { GraphQLDataSource, GraphQLDataSourceProcessOptions } from '@apollo/gateway';
import { type GraphQLFormattedError, parse } from 'graphql';
import type { Key } from './complete.ts';
import { type FetchedEntity, type FetchedField, readFetch } from './fetch.ts';
import { type Answered, completenessOf, type Source, sourceOf } from './manifest.ts';
import { comparison, merge } from './merge.ts';
import type { TimedOutcome, Values } from './outcome.ts';
import { type DescribeCustodian, presentFacts, presentRecord } from './present.ts';
import { type Route, routeOf } from './route.ts';
import type { GatherRules } from './rules.ts';
import type { GatherScope } from './scope.ts';
import type { SelectedField } from './selection.ts';
import { limitFault, probes, type Unit } from './unit.ts';

/** The custodians that there are. */
export interface Custodians {
  /** The codes of all that can be asked, in order. */
  readonly codes: readonly string[];
  readonly describe: DescribeCustodian;
}

/** What a request's context must hold for its fetches to be gathered. */
export interface GatherContext {
  readonly gather: GatherScope | null;
}

/**
 * The data source of a gathered subgraph: one fetch of the planner becomes one request to each custodian on the routes of
 * its representations, and their answers one answer. It knows of fields and types only what the rules say.
 */
export class Gather<Context extends GatherContext> implements GraphQLDataSource<Context> {
  readonly #rules: GatherRules;
  readonly #custodians: Custodians;

  constructor(rules: GatherRules, custodians: Custodians) {
    this.#rules = rules;
    this.#custodians = custodians;
  }

  /** Answers a fetch of the planner (Apollo Federation subgraph specification, `_entities`). */
  async process(options: GraphQLDataSourceProcessOptions<Context>): Promise<Answer> {
    if (!('incomingRequestContext' in options) || !options.context.gather) {
      throw new Error('A gathered subgraph is asked within a request.');
    }
    const scope = options.context.gather;
    const { request, document } = options;
    const fetched = readFetch(this.#rules, document ?? parse(request.query ?? ''), request.variables ?? {});
    const answers = await Promise.all(fetched.map((entity) => this.#ask(scope, entity)));
    // Only now, when every custodian has said what it will say to this fetch, can the manifest be told.
    const errors: GraphQLFormattedError[] = [];
    const entities = answers.map((answer, i) => this.#present(scope, answer, ['_entities', i], errors));
    return { data: { _entities: entities }, ...(errors.length > 0 && { errors }) };
  }

  /**
   * Asks those custodians of whom a request wants to be told whether they answered, but of whom it asks nothing: whether
   * they answer, and hold anything, of all that clients may know of and that they share.
   */
  async probe(scope: GatherScope): Promise<void> {
    await Promise.all(
      scope.unasked().flatMap(({ entity, key, route: { custodians, located } }) => {
        const all = probes(this.#rules, entity).map((unit) => ({ unit, key }));
        return custodians.flatMap((custodian) => {
          const shared = all.filter((question) => scope.share(custodian, question) === 'CONTENT');
          const questions = shared.length > 0 ? shared : all;
          return questions.map((question) => scope.ask(question, { custodians: [custodian], located }));
        });
      }),
    );
  }

  async #ask(scope: GatherScope, entity: FetchedEntity): Promise<EntityAnswer> {
    const { rule, key, representation, fields } = entity;
    const route = routeOf(rule, representation, this.#custodians.codes);
    const asked = fields.map(async (field): Promise<Outcomes | null> => {
      if (field.kind !== 'list' || key === null || limitFault(field.unit)) return null;
      return scope.ask({ unit: field.unit, key }, route);
    });
    return { entity, route, outcomes: await Promise.all(asked) };
  }

  #present(scope: GatherScope, answer: EntityAnswer, path: Path, errors: GraphQLFormattedError[]): Values | null {
    const { entity, outcomes } = answer;
    if (entity.key === null) {
      errors.push(error('INVALID', 'This entity has no key by which it could be asked for.', path));
      return null;
    }
    const values: Values = Object.create(null);
    entity.fields.forEach((field, i) => {
      const at = [...path, field.responseKey];
      values[field.responseKey] = this.#field(scope, answer, field, outcomes[i] ?? null, at, errors);
    });
    return values;
  }

  #field(
    scope: GatherScope,
    { entity, route }: EntityAnswer,
    field: FetchedField,
    outcomes: Outcomes | null,
    path: Path,
    errors: GraphQLFormattedError[],
  ): unknown {
    switch (field.kind) {
      case 'key':
        return entity.key;
      case 'typename':
        return entity.rule.type;
      case 'list':
        return this.#list(scope, { unit: field.unit, key: entity.key }, outcomes, route, path, errors);
      case 'manifest':
        return this.#manifest(scope, entity, route, field);
    }
  }

  #list(
    scope: GatherScope,
    { unit, key }: { readonly unit: Unit; readonly key: Key | null },
    outcomes: Outcomes | null,
    route: Route,
    path: Path,
    errors: GraphQLFormattedError[],
  ): Values[] | null {
    const refused = limitFault(unit);
    if (refused || !outcomes) {
      errors.push(error('INVALID_PARAMETER', refused ?? 'This was not asked.', path));
      return null;
    }
    // Of a list that clients do not see, the subgraph that requires it is told by the manifest of such lists.
    const { visible } = unit.rule;
    for (const [custodian, { fault }] of visible ? outcomes : []) {
      if (!fault) continue;
      const message = `Records of ${custodian} are missing, or may be, from "${unit.rule.field}". ${fault.reason}`;
      errors.push(error(fault.kind, message, path, { custodian }));
    }
    const said = [...outcomes].filter(([, { fault, records }]) => fault === null || records.length > 0);
    if (said.length === 0 && outcomes.size > 0) return null;
    if (outcomes.size === 0 && !route.located) {
      if (visible) errors.push(error('UNAVAILABLE', 'It is not known whom to ask, and there is nobody to ask.', path));
      return null;
    }
    const compare = comparison(unit.record, unit.rule.orderBy);
    const parts = said.map(([custodian, { records }]) => ({ custodian, records }));
    const list = merge(unit.rule, compare, unit.limit, parts);
    if (key !== null)
      scope.gave(
        { unit, key },
        list.map(({ custodian }) => custodian),
      );
    return list.map((gathered) => presentRecord(this.#rules, this.#custodians.describe, unit.selected, gathered));
  }

  #manifest(
    scope: GatherScope,
    { rule, key }: FetchedEntity,
    route: Route,
    { manifest, field }: Extract<FetchedField, { kind: 'manifest' }>,
  ): unknown {
    if (key === null) return null;
    const { answers, located } = scope.told(rule, key, route);
    switch (manifest) {
      case 'SOURCES':
        return this.#sources(field, sourcesOf(answers));
      case 'COMPLETENESS':
        return completenessOf(sourcesOf(answers), located, [...answers.values()].flat());
      case 'REQUIRED_SOURCES':
        return this.#sources(field, sourcesOfRequired(answers));
      case 'LOCATED':
        return located;
    }
  }

  #sources(field: SelectedField, sources: readonly Source[]): Values[] {
    return sources.map((source) => presentFacts(field, this.#facts(source)));
  }

  #facts(source: Source): Readonly<Record<string, unknown>> {
    return {
      ...source,
      custodian: this.#custodians.describe(source.custodian),
      askedAt: source.askedAt?.toISOString() ?? null,
    };
  }
}

type Path = readonly (string | number)[];

type Outcomes = ReadonlyMap<string, TimedOutcome>;

interface Answer {
  readonly data: { readonly _entities: readonly (Values | null)[] };
  readonly errors?: readonly GraphQLFormattedError[];
}

type Answers = ReadonlyMap<string, readonly Answered[]>;

const sourcesOf = (answers: Answers): readonly Source[] =>
  [...answers].map(([custodian, answered]) => sourceOf(custodian, answered));

/**
 * What was said to those lists alone that clients do not see: an entry for each thing that became of asking a custodian, so that
 * whoever requires them knows of each list what did.
 */
const sourcesOfRequired = (answers: Answers): readonly Source[] =>
  [...answers].flatMap(([custodian, answered]) => {
    const required = answered.filter(({ rule }) => !rule.visible);
    const apart = Map.groupBy(required, ({ outcome }) => outcome.fault?.kind);
    return [...apart.values()].map((alike) => sourceOf(custodian, alike));
  });

interface EntityAnswer {
  readonly entity: FetchedEntity;
  readonly route: Route;
  /** For each field, what each custodian said; `null` for a field that nobody is asked for. */
  readonly outcomes: readonly (Outcomes | null)[];
}

const error = (
  code: string,
  message: string,
  path: Path,
  extensions: Readonly<Record<string, unknown>> = {},
): GraphQLFormattedError => ({ message, path, extensions: { ...extensions, code } });
