import DataLoader from 'dataloader';
import { type Question, questionId, writeRequest } from './ask.ts';
import { allFailed, checkAnswer } from './check.ts';
import type { Key } from './complete.ts';
import { CONTRACT_QUERY, type Contracts, isRequestError } from './contracts.ts';
import type { Answered } from './manifest.ts';
import { byText } from './merge.ts';
import { type Fault, nothingBut, type Outcome, type TimedOutcome } from './outcome.ts';
import { type Clock, type Patience, shareOf } from './patience.ts';
import type { Route } from './route.ts';
import type { EntityRule, GatherRules } from './rules.ts';
import type { Share, Sharing } from './sharing.ts';

/** What came back from a custodian: a response's body, whatever it is, or why there is none. */
export type Reply = { readonly body: unknown } | Failed;

/** That there is no response's body. */
export interface Failed {
  readonly fault: Fault;
  /** Whether there was one, and it was longer than is read: who asks for less at a time may be answered. */
  readonly tooLong?: true;
}

/** Sends a request to a custodian. It never rejects: what goes wrong is a fault of that custodian. */
export type Send = (custodian: string, request: SentRequest, patience: Patience) => Promise<Reply>;

/** A GraphQL request as it travels (GraphQL over HTTP specification). */
export interface SentRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** How many records of each custodian one list holds, and whether clients see it. */
interface Given {
  readonly visible: boolean;
  readonly counts: ReadonlyMap<string, number>;
}

/** One entity of a request: whom it was routed to, and what each custodian has said of it so far. */
interface Told {
  readonly entity: EntityRule;
  readonly key: Key;
  route: Route;
  readonly answers: Map<string, Map<string, Answered>>;
  /** How many records of each custodian were put into each list, by the list's unit. */
  readonly given: Map<string, Given>;
  /** Grows with every answer, and when the route changes. */
  version: number;
  /** The earliest version that the client was told anything of; `null` when it was told nothing. */
  toldVersion: number | null;
}

/**
 * What one request of a client has asked of custodians, and what they said. A question is asked once, however often the
 * request needs the answer, and questions to one custodian that arise together travel together. It holds records, and so
 * it must not live longer than its request.
 */
export class GatherScope {
  readonly #rules: GatherRules;
  readonly #contracts: Contracts;
  readonly #sharing: Sharing;
  readonly #send: Send;
  readonly #clock: Clock;
  readonly #patience: Patience;
  readonly #loaders = new Map<string, DataLoader<Question, TimedOutcome, string>>();
  readonly #told = new Map<string, Told>();

  constructor(options: {
    readonly rules: GatherRules;
    readonly contracts: Contracts;
    readonly sharing: Sharing;
    readonly send: Send;
    readonly clock: Clock;
    readonly patience: Patience;
  }) {
    this.#rules = options.rules;
    this.#contracts = options.contracts;
    this.#sharing = options.sharing;
    this.#send = options.send;
    this.#clock = options.clock;
    this.#patience = options.patience;
  }

  /**
   * Asks a question of every custodian on the route that shares the answer, and waits for all their answers. One that shares
   * only that it holds something is not asked, and is told of; one that does not share even that is passed over.
   */
  async ask(question: Question, route: Route): Promise<ReadonlyMap<string, TimedOutcome>> {
    const told = this.#entity(question.unit.entity, question.key, route);
    const { unit } = question;
    const shares = route.custodians.map((custodian) => [custodian, this.share(custodian, question)] as const);
    const outcomes = await Promise.all(
      shares
        // Where it is not known who holds something, one that shares only that is nobody to ring.
        .filter(([, share]) => share === 'CONTENT' || (share === 'POINTER' && route.located))
        .map(async ([custodian, share]) => {
          const outcome = share === 'CONTENT' ? await this.#loader(custodian).load(question) : NOT_SHARED;
          let answers = told.answers.get(custodian);
          if (!answers) {
            answers = new Map();
            told.answers.set(custodian, answers);
          }
          if (!answers.has(unit.id)) {
            answers.set(unit.id, { rule: unit.rule, outcome });
            told.version++;
          }
          return [custodian, outcome] as const;
        }),
    );
    return new Map(outcomes);
  }

  /** How much of the answer to a question a custodian shares. */
  share(custodian: string, { unit, key }: Question): Share {
    return this.#sharing(custodian, { type: unit.entity.type, key }, unit.rule);
  }

  /**
   * Whether it is known for certain who holds something of an entity, and what each custodian that may be named has said of
   * it so far, in the order of their codes.
   */
  told(
    entity: EntityRule,
    key: Key,
    route: Route,
  ): { readonly located: boolean; readonly answers: ReadonlyMap<string, readonly Answered[]> } {
    const told = this.#entity(entity, key, route);
    told.toldVersion ??= told.version;
    return { located: told.route.located, answers: answersOf(told) };
  }

  /** Takes down whose records were put into a list, one custodian for each record. */
  gave({ unit, key }: Question, custodians: readonly string[]): void {
    const counts = new Map<string, number>();
    for (const custodian of custodians) counts.set(custodian, (counts.get(custodian) ?? 0) + 1);
    this.#told.get(entityId(unit.entity, key))?.given.set(unit.id, { visible: unit.rule.visible, counts });
  }

  /**
   * Everything that was asked, entity by entity: what each custodian said, and how many of its records were shown, or read by
   * another subgraph alone.
   */
  everything(): readonly {
    readonly entity: EntityRule;
    readonly key: Key;
    readonly answers: ReadonlyMap<string, readonly Answered[]>;
    readonly given: (custodian: string) => { readonly shown: number; readonly read: number };
  }[] {
    return [...this.#told.values()].map((told) => ({
      entity: told.entity,
      key: told.key,
      answers: answersOf(told),
      given(custodian) {
        const sum = { shown: 0, read: 0 };
        for (const { visible, counts } of told.given.values()) {
          sum[visible ? 'shown' : 'read'] += counts.get(custodian) ?? 0;
        }
        return sum;
      },
    }));
  }

  /** Whether more was answered about an entity after something was told of it: it must be told again. */
  get outdated(): boolean {
    return [...this.#told.values()].some(({ version, toldVersion }) => toldVersion !== null && toldVersion !== version);
  }

  /** Entities of which something was told, with those custodians that were asked nothing of them in the whole request. */
  unasked(): readonly { readonly entity: EntityRule; readonly key: Key; readonly route: Route }[] {
    return [...this.#told.values()].flatMap(({ entity, key, route, answers, toldVersion }) => {
      const custodians = route.custodians.filter((custodian) => !answers.has(custodian));
      return toldVersion === null || custodians.length === 0
        ? []
        : [{ entity, key, route: { custodians, located: route.located } }];
    });
  }

  #entity(entity: EntityRule, key: Key, route: Route): Told {
    const id = entityId(entity, key);
    const known = this.#told.get(id);
    if (!known) {
      const told: Told = { entity, key, route, answers: new Map(), given: new Map(), version: 0, toldVersion: null };
      this.#told.set(id, told);
      return told;
    }
    // One part of a request may have been routed by the index, another without it.
    const { custodians, located } = known.route;
    const more = route.custodians.filter((custodian) => !custodians.includes(custodian));
    if (more.length === 0 && (route.located || !located)) return known;
    known.route = { custodians: [...custodians, ...more].sort(byText), located: located && route.located };
    known.version++;
    return known;
  }

  #loader(custodian: string): DataLoader<Question, TimedOutcome, string> {
    let loader = this.#loaders.get(custodian);
    if (!loader) {
      loader = new DataLoader((questions) => this.#askTogether(custodian, questions), { cacheKeyFn: questionId });
      this.#loaders.set(custodian, loader);
    }
    return loader;
  }

  async #askTogether(custodian: string, questions: readonly Question[]): Promise<TimedOutcome[]> {
    const askedAt = this.#clock.now();
    const started = this.#clock.elapsed();
    const isRequired = questions.some(({ unit }) => !unit.rule.visible);
    const patience = isRequired ? shareOf(this.#clock, this.#patience, BEFORE_WHAT_REQUIRES) : this.#patience;
    const outcomes = await this.#outcomes(custodian, questions, patience);
    const elapsedMs = Math.round(this.#clock.elapsed() - started);
    return questions.map((question) => ({
      ...(outcomes.get(questionId(question)) ?? nothingBut(UNSUPPORTED)),
      askedAt,
      elapsedMs,
    }));
  }

  /** The outcomes of the questions that the custodian could be asked: all, unless it serves an older contract. */
  async #outcomes(
    custodian: string,
    questions: readonly Question[],
    patience: Patience,
  ): Promise<ReadonlyMap<string, Outcome>> {
    const served = this.#served(custodian, questions);
    if (served.length === 0) return new Map();
    const request = writeRequest(served);
    const reply = await this.#send(custodian, request, patience);
    if ('fault' in reply) {
      const parts = reply.tooLong ? divided(served) : [];
      return parts.length > 1 ? this.#inParts(custodian, parts, patience) : allFailed(request, reply.fault);
    }
    if (!isRequestError(reply.body) || this.#contracts.knows(custodian)) {
      return checkAnswer(this.#rules, request, reply.body);
    }
    const contract = await this.#send(custodian, { query: CONTRACT_QUERY, variables: {} }, patience);
    this.#contracts.learn(custodian, 'body' in contract ? contract.body : null);
    const understood = this.#served(custodian, served).length === served.length;
    return understood ? checkAnswer(this.#rules, request, reply.body) : this.#outcomes(custodian, served, patience);
  }

  /** Asks a part at a time for what was more than is read of one answer; a part that is too long as well is not divided again. */
  async #inParts(
    custodian: string,
    parts: readonly (readonly Question[])[],
    patience: Patience,
  ): Promise<ReadonlyMap<string, Outcome>> {
    const outcomes = new Map<string, Outcome>();
    for (const questions of parts) {
      const request = writeRequest(questions);
      const reply = await this.#send(custodian, request, patience);
      const part = 'fault' in reply ? allFailed(request, reply.fault) : checkAnswer(this.#rules, request, reply.body);
      for (const [id, outcome] of part) outcomes.set(id, outcome);
    }
    return outcomes;
  }

  #served(custodian: string, questions: readonly Question[]): readonly Question[] {
    const units = new Map(questions.map(({ unit }) => [unit.id, unit]));
    const served = new Set([...units.values()].filter((unit) => this.#contracts.serves(custodian, unit)));
    return questions.filter(({ unit }) => served.has(units.get(unit.id) ?? unit));
  }
}

/** Into how many parts the entities of a request are divided whose answer is too long. */
const PARTS = 8;

/** The questions about an eighth of the entities each. */
function divided(questions: readonly Question[]): readonly (readonly Question[])[] {
  const byEntity = [...Map.groupBy(questions, ({ unit, key }) => entityId(unit.entity, key)).values()];
  const size = Math.ceil(byEntity.length / PARTS);
  return Array.from({ length: Math.ceil(byEntity.length / size) }, (_, i) =>
    byEntity.slice(i * size, (i + 1) * size).flat(),
  );
}

/** What of the remaining time is for custodians, where another subgraph waits to be told what they said. */
const BEFORE_WHAT_REQUIRES = 0.85;

/** What each custodian that may be named has said, in the order of their codes. */
function answersOf({ route, answers }: Told): ReadonlyMap<string, readonly Answered[]> {
  return new Map(
    route.custodians.flatMap((custodian) => {
      const said = answers.get(custodian);
      return said ? [[custodian, [...said.values()]] as const] : [];
    }),
  );
}

const NOT_SHARED: TimedOutcome = {
  ...nothingBut({ kind: 'NOT_SHARED', reason: 'It does not share this with you for this purpose. Ring it.' }),
  askedAt: null,
  elapsedMs: null,
};

const UNSUPPORTED: Fault = {
  kind: 'UNSUPPORTED',
  reason: 'It does not serve what was asked.',
};

const entityId = (entity: EntityRule, key: Key): string => `${entity.type}\n${key}`;
