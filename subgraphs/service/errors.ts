import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { withhold } from './withhold.ts';

/** An error for the caller, with its code in `extensions.code`. */
export function refuse(
  code: string,
  message: string,
  extensions: Readonly<Record<string, unknown>> = {},
): GraphQLError {
  return new GraphQLError(message, { extensions: { ...extensions, code } });
}

/**
 * The form in which an error leaves a process: no stack, nothing that could be an NHS number, and no words of a fault
 * that nobody foresaw; those go to the log.
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
  return { ...formatted, message: withhold(formatted.message), extensions: { ...extensions, code } };
}
