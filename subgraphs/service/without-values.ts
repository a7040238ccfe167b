/*
 * graphql-js repeats in its messages what it was given: `Variable "$n" got invalid value "943 476 59"; …`. An NHS number
 * with a digit too few is no NHS number, and still says who the patient is. So its messages are said again here, without
 * the value. Their wording is graphql-js's own (src/execution/values.ts, src/utilities/coerceInputValue.ts,
 * src/validation/rules/ValuesOfCorrectTypeRule.ts, src/type/scalars.ts, src/language/parser.ts).
 */

/** Names of the schema that graphql-js proposes in place of one that it does not know. The length keeps matching linear. */
const SUGGESTION = String.raw`( Did you mean [\w" ,]{1,400}\?)?`;

/** Messages that hold a value, with what is said instead of them. */
const REWORDED: readonly (readonly [message: RegExp, instead: (...parts: string[]) => string])[] = [
  [
    pattern(String.raw`((?:\w+|Enum "\w+") cannot represent [\w -]{0,60}value): .*?${SUGGESTION}`),
    (what, suggestion) => `${what}.${suggestion}`,
  ],
  [
    pattern(String.raw`Value ".*" does not exist in "(\w+)" enum\.${SUGGESTION}`),
    (type, suggestion) => `This value does not exist in "${type}" enum.${suggestion}`,
  ],
  [
    pattern(String.raw`Expected value of type "([^"]+)", found null\.`),
    (type) => `Expected value of type "${type}", found null.`,
  ],
  [pattern('Expected value of type "([^"]+)", found .*'), (type) => `Expected value of type "${type}", found another.`],
  [
    pattern(String.raw`Field "(.*)" is not defined by type "(\w+)"\.${SUGGESTION}`),
    (field, type, suggestion) =>
      `${isName(field) ? `Field "${field}"` : 'A field'} is not defined by type "${type}".${suggestion}`,
  ],
  [
    pattern(String.raw`(Syntax Error: [^"]*(?:"[^"]{1,20}", found )?(?:Int|Float|String|BlockString)) ".*"\.`),
    (what) => `${what}.`,
  ],
  [
    pattern(String.raw`Unknown operation named "(.*)"\.`),
    (name) => (isName(name) ? `Unknown operation named "${name}".` : 'Unknown operation.'),
  ],
];

/** A name of the caller's own making that may be a number in disguise. */
const NUMBER_LIKE_NAME = /"(?:[^"\d]*\d){6}[^"]*"/g;

/** What stands between the value and the reason. The value itself may hold it, and the reason cannot be told then. */
const REASON = '; ';

const VARIABLE = /^Variable "\$(\w+)" got invalid value /;
const PATH = / at "(\w+(?:\.\w+|\[\d+\])+)"$/;

/**
 * What a message of graphql-js says, without the value that it is about; where in a variable the value stands is kept.
 * Messages of other wording come back as they are, but for quoted names that hold six digits or more.
 */
export function withoutValues(message: string): string {
  return reword(message).replace(NUMBER_LIKE_NAME, '"…"');
}

function reword(message: string): string {
  const variable = VARIABLE.exec(message)?.[1];
  if (!variable) return rewordPart(message);
  const [before = '', why, ...more] = message.split(REASON);
  if (!why || more.length > 0) return `Variable "$${variable}" is not valid.`;
  const at = PATH.exec(before)?.[1];
  return `Variable "$${variable}" is not valid${at ? ` at "${at}"` : ''}: ${rewordPart(why)}`;
}

function rewordPart(message: string): string {
  for (const [wording, instead] of REWORDED) {
    const parts = wording.exec(message);
    if (parts) return instead(...parts.slice(1).map((part) => part ?? ''));
  }
  return message;
}

function isName(text: string): boolean {
  return /^\w+$/.test(text);
}

function pattern(source: string): RegExp {
  return new RegExp(`^${source}$`, 's');
}
