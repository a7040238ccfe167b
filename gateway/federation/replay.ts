import type { GatewayGraphQLResponse } from '@apollo/server-gateway-interface';

/**
 * What the ordinary subgraphs answered in one request, so that the planner's fetches can be gone through again without
 * asking anybody again. Answers are kept as text: the gateway writes into the objects that it is given.
 */
export class Replay {
  readonly #answers = new Map<string, string[]>();
  #pass: 'first' | 'again' | 'again, without errors' = 'first';
  #given = new Map<string, number>();

  /** From here on, what was answered before is answered again. */
  again(options: { readonly withErrors: boolean }): void {
    this.#pass = options.withErrors ? 'again' : 'again, without errors';
    this.#given = new Map();
  }

  /** Whether errors are held back, so that the gateway looks for those that it passes over when there are others. */
  get withholdsErrors(): boolean {
    return this.#pass === 'again, without errors';
  }

  /** The answer to a fetch: what was answered before when there is something, and otherwise what is answered now. */
  async answer(fetch: string, ask: () => Promise<GatewayGraphQLResponse>): Promise<GatewayGraphQLResponse> {
    const answers = this.#answers.get(fetch) ?? [];
    const given = this.#given.get(fetch) ?? 0;
    const known = this.#pass === 'first' ? undefined : answers[given];
    if (known !== undefined) {
      this.#given.set(fetch, given + 1);
      return JSON.parse(known);
    }
    const { data, errors } = await ask();
    const answer = { ...(data !== undefined && { data }), ...(errors && { errors }) };
    this.#answers.set(fetch, [...answers, JSON.stringify(answer)]);
    this.#given.set(fetch, given + 1);
    return answer;
  }
}
