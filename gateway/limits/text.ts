import { GraphQLError, Lexer, Source, TokenKind } from 'graphql';
import { type Excess, MOST } from './most.ts';

/**
 * What a text holds too much of to be parsed; `null` when it may be parsed. It reads each character once at the most, and
 * stops where there is too much. A text that is not GraphQL is left to the parser, which says where it is not.
 */
export function excessOfText(text: string): Excess | null {
  if (text.length > MOST.characters) return { limit: 'characters', sent: text.length };
  const lexer = new Lexer(new Source(text));
  let tokens = 0;
  let open = 0;
  let deepest = 0;
  try {
    for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
      tokens += 1;
      if (OPENING.has(token.kind)) open += 1;
      else if (CLOSING.has(token.kind)) open -= 1;
      deepest = Math.max(deepest, open);
    }
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
  }
  if (tokens > MOST.tokens) return { limit: 'tokens', sent: tokens };
  // The parser, and whatever goes through what it has made, goes down one call or more for each.
  if (deepest > MOST.brackets) return { limit: 'brackets', sent: deepest };
  return null;
}

const OPENING: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const CLOSING: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);
