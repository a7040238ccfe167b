import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { withhold, withholdFromJSON } from './withhold.ts';
import { withoutValues } from './without-values.ts';

/** An error for the caller, with its code in `extensions.code`. */
export function refuse(
  code: string,
  message: string,
  extensions: Readonly<Record<string, unknown>> = {},
): GraphQLError {
  return new GraphQLError(message, { extensions: { ...extensions, code } });
}

/** The codes that Apollo Server gives to errors in graphql-js's own words, which repeat what they are about. */
const REPEATS_VALUES: ReadonlySet<unknown> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_USER_INPUT',
]);

/**
 * The form in which an error leaves a process: no stack, nothing that could be an NHS number, no value that the caller
 * sent, and no words of a fault that nobody foresaw; those go to the log.
 */
export function presentError(formatted: GraphQLFormattedError, onFault: () => void): GraphQLFormattedError {
  const code = formatted.extensions?.code ?? 'INTERNAL_SERVER_ERROR';
  const { stacktrace: _, ...extensions } = formatted.extensions ?? {};
  if (code === 'INTERNAL_SERVER_ERROR') {
    onFault();
    return {
      message: 'Something failed here that should not have. It was logged; please report it if it happens again.',
      ...(formatted.path && { path: formatted.path }),
      extensions: { code },
    };
  }
  const message = REPEATS_VALUES.has(code) ? withoutValues(formatted.message) : formatted.message;
  return { ...formatted, message: withhold(message), extensions: withheld({ ...extensions, code }) };
}

function withheld(extensions: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const safe: unknown = withholdFromJSON(JSON.stringify(extensions));
  return typeof safe === 'object' ? { ...safe } : {};
}
