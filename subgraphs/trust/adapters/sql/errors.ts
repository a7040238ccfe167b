/** The classes of SQLSTATE whose messages quote data: data exceptions, violated constraints, errors raised by functions. */
const QUOTING_DATA = /^(22|23|27|44|P0)/;

/** Why a view could not be read, without anything that stands in it. */
export class SqlReadError extends Error {
  override readonly name = 'SqlReadError';
  /** The SQLSTATE, or the code of a fault of the network; `null` when there is none. */
  readonly code: string | null;

  constructor(view: string, error: unknown) {
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
    const message = error instanceof Error ? error.message : 'not an error';
    const said =
      code !== null && QUOTING_DATA.test(code) ? 'the message is withheld, for it may quote a record' : message;
    // No cause: a driver's error carries details that quote rows.
    super(`${view} could not be read (${code ?? 'no code'}): ${said}`);
    this.code = code;
  }
}

/** The views are not as docs/sql-views.md wants them; a line for each thing that is wrong. */
export class ViewsError extends Error {
  override readonly name = 'ViewsError';
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(['The views that the trust kit reads are not as docs/sql-views.md wants them:', ...mistakes].join('\n  '));
    this.mistakes = mistakes;
  }
}
