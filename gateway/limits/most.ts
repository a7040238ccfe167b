/**
 * The most that one request may hold. Each was set from what the ready operations in `schema/operations`, Apollo Sandbox and
 * its introspection query need, twice and more of it, and from what is still checked, planned and answered in some tens of
 * milliseconds (`docs/limits.md`). They are the same for every gateway: a query that runs on one runs on all.
 */
export const MOST = {
  /** Characters of the text of the query. */
  characters: 15_000,
  /** Words, numbers, strings and punctuation marks of the query (GraphQL specification, Lexical Tokens). */
  tokens: 1_500,
  /** Brackets within brackets, of whatever kind. */
  brackets: 40,
  operations: 10,
  /** Variables that the operations of a document declare. */
  variables: 40,
  /** Fragments that a document defines, and inline fragments that it holds. */
  fragments: 40,
  directives: 12,
  aliases: 30,
  /** Root fields of one operation, with those that its fragments bring. */
  rootFields: 10,
  /** Fields within fields, with those that fragments bring. */
  depth: 20,
  /** Fields that a document asks for, each counted as often as it stands there once every fragment is written out. */
  fields: 500,
  /** Patients that one operation names, by all its root fields together. */
  patients: 200,
  /** Answers that one operation may have to bring together: patients × custodians × gathered lists. */
  cost: 100_000,
} as const;

/** What is limited. It stands in the error as `extensions.limit`. */
export type Limit = keyof typeof MOST;

/** Of what a request holds too much, and how much. */
export interface Excess {
  readonly limit: Limit;
  readonly sent: number;
}
