const STATEMENT_TIMEOUT_MS = 60_000;

/** What each connection is told before anything else: to write nothing, to speak UTC, to give no statement more than a minute. */
export const SETTINGS = `
  select set_config('default_transaction_read_only', 'on', false),
         set_config('timezone', 'UTC', false),
         set_config('statement_timeout', '${STATEMENT_TIMEOUT_MS}', false)`;
