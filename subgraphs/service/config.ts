import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parseDocument } from 'yaml';
import type { z } from 'zod';

/** Every mistake in a configuration file, a line each, with its path. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads a YAML configuration file and checks it against its shape.
 *
 * @throws ConfigError that lists every mistake.
 */
export function readConfig<Shape extends z.ZodType>(file: string, shape: Shape): z.output<Shape> {
  return checkConfig(file, readYAML(file), shape);
}

/**
 * Checks what was read from a configuration file against its shape.
 *
 * @throws ConfigError that lists every mistake.
 */
export function checkConfig<Shape extends z.ZodType>(file: string, content: unknown, shape: Shape): z.output<Shape> {
  const result = shape.safeParse(content ?? {});
  if (result.success) return result.data;
  throw mistakes(
    file,
    result.error.issues.flatMap((issue) => describe(issue)),
  );
}

/**
 * Reads a YAML file, whatever it holds; `null` when it holds nothing.
 *
 * @throws ConfigError that lists every place that is not YAML as it must be.
 */
export function readYAML(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new ConfigError(`The configuration file ${file} cannot be read.`);
  }
  const document = parseDocument(text);
  const wrong = [...document.errors, ...document.warnings];
  // The rest of a message shows the line itself, which may hold a password.
  if (wrong.length > 0)
    throw mistakes(
      file,
      wrong.map(({ message }) => message.replace(/:?\n.*/s, '')),
    );
  try {
    return document.toJS();
  } catch (error) {
    throw mistakes(file, [error instanceof Error ? error.message : String(error)]);
  }
}

/**
 * Reads the configuration named on the command line by `--config FILE`.
 *
 * @throws ConfigError when none is named, or as `readConfig` does.
 */
export function configFromArguments<Shape extends z.ZodType>(
  argv: readonly string[],
  shape: Shape,
): { file: string; config: z.output<Shape> } {
  const file = configFile(argv);
  return { file, config: readConfig(file, shape) };
}

/**
 * The file named on the command line by `--config FILE`.
 *
 * @throws ConfigError when none is.
 */
export function configFile(argv: readonly string[]): string {
  let file: string | undefined;
  try {
    file = parseArgs({ args: [...argv], options: { config: { type: 'string' } } }).values.config;
  } catch (error) {
    throw new ConfigError(error instanceof Error ? error.message : String(error));
  }
  if (!file) throw new ConfigError('Name a configuration file: --config FILE.');
  return file;
}

/** A path that a configuration file names, relative to the folder of that file. */
export function resolveBeside(file: string, path: string): string {
  return resolve(dirname(file), path);
}

const mistakes = (file: string, lines: readonly string[]): ConfigError =>
  new ConfigError([`${file} is not a valid configuration:`, ...lines.map((line) => `  ${line}`)].join('\n'));

/** A line or more for each mistake; of a union, which may take several forms, what is wrong with each of them. */
function describe(issue: z.core.$ZodIssue): string[] {
  const at = issue.path.length > 0 ? issue.path.map(String).join('.') : '(the whole file)';
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [`${at}: ${inWords(issue)}`];
  const forms = issue.errors.map((form) =>
    form.map((inner) => `${inner.path.map(String).join('.')} ${inWords(inner)}`.trim()),
  );
  const distinct = [...new Set(forms.map((form) => form.join('; ')))];
  const [only] = distinct;
  if (distinct.length === 1) return [`${at}: ${only}`];
  return [
    `${at}: has none of the forms that it may have`,
    ...distinct.map((form, i) => `  ${i === 0 ? 'either' : 'or'}: ${form}`),
  ];
}

function inWords({ message }: z.core.$ZodIssue): string {
  const missing = /^Invalid input: expected (.+), received undefined$/.exec(message)?.[1];
  return missing ? `is missing (${missing})` : message;
}
