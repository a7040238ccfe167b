import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import fetch, { type Response } from 'node-fetch';
import { type Element, elements, isElement, isResource, Malformed, type Resource, text } from './element.ts';
import { holds, numbersIn } from './url.ts';

/**
 * Thrown when a FHIR server did not answer, or not as FHIR R4 says. The message says what went wrong; it holds no
 * address, no identifier, and no words of the server's.
 *
 * - `TIMED_OUT`: no whole answer in time
 * - `UNREACHABLE`: no connection, or it broke
 * - `REFUSED`: the server declined, with a status or an OperationOutcome
 * - `INVALID`: what came is not an answer to what was asked
 */
export class FhirServerError extends Error {
  override readonly name = 'FhirServerError';
  readonly code: 'TIMED_OUT' | 'UNREACHABLE' | 'REFUSED' | 'INVALID';
  /** Whether the server said that it does not know what was asked for: status 404, or an issue `not-supported` (FHIR R4, RESTful API). */
  readonly unknown: boolean;

  constructor(code: FhirServerError['code'], message: string, unknown = false) {
    super(message);
    this.code = code;
    this.unknown = unknown;
  }
}

/** Thrown when a FHIR server declined a search because it does not know the resource type. */
export class UnknownTypeError extends FhirServerError {
  readonly type: string;

  constructor(type: string, message: string) {
    super('REFUSED', message);
    this.type = type;
  }
}

/** What keeps one server, slow or hostile, from harming the process. */
export interface Limits {
  /** How long one request may take, its whole answer included, in milliseconds. */
  readonly timeoutMs: number;
  /** How many connections stay open to the server. */
  readonly connections: number;
  /** The largest answer that is read, in bytes after decompression. */
  readonly answerBytes: number;
  /** How many records are asked for at a time. */
  readonly pageSize: number;
  /** How many pages one search may have. */
  readonly pages: number;
}

/** What a FHIR server is asked with: search parameters by name (FHIR R4, Search). */
export type Parameters = Readonly<Record<string, string>>;

/** A FHIR R4 server, read over HTTP. */
export interface FhirServer {
  /**
   * The resources of a type that match, a page at a time. It goes to `[type]/_search` by POST, because what is searched
   * for must not stand in an address. It ends when the server has given everything, and throws in every other case:
   * `UnknownTypeError` when the server does not know the type.
   */
  search(
    type: string,
    parameters: Parameters,
    signal: AbortSignal,
    mostPages?: number,
  ): AsyncIterable<readonly Resource[]>;
  /** Reads the server's CapabilityStatement, for the resource types that it names; throws unless it speaks FHIR R4. */
  check(signal: AbortSignal): Promise<ReadonlySet<string>>;
  /** Ends whatever is under way, and lets go of the connections. */
  close(): void;
}

const FORM = 'application/x-www-form-urlencoded';

/** @param token gives the bearer token for a request; none is sent when it is `null`. */
export function createFhirServer(baseUrl: string, limits: Limits, token: (() => Promise<string>) | null): FhirServer {
  const base = new URL(baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`);
  const options = { keepAlive: true, maxSockets: limits.connections, maxTotalSockets: limits.connections };
  const agent = base.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
  const closing = new AbortController();

  async function ask(what: string, url: URL, form: URLSearchParams | null, signal: AbortSignal): Promise<Element> {
    const late = AbortSignal.timeout(limits.timeoutMs);
    const given = new AbortController();
    const stop = AbortSignal.any([signal, late, closing.signal, given.signal]);
    try {
      const bearer = token && (await bearerOf(token));
      // node-fetch, told to stop before it has begun, throws where nobody can catch it.
      stop.throwIfAborted();
      const response = await fetch(url, {
        method: form ? 'POST' : 'GET',
        headers: {
          accept: 'application/fhir+json',
          // A server that does not know a parameter is to say so, rather than to leave it out.
          prefer: 'handling=strict',
          ...(form && { 'content-type': FORM }),
          ...(bearer !== null && { authorization: `Bearer ${bearer}` }),
        },
        body: form ? form.toString() : null,
        // A redirect would send the search on to somebody else.
        redirect: 'manual',
        signal: stop,
        size: limits.answerBytes,
        agent,
      });
      return await read(what, response);
    } catch (error) {
      // An answer that is not read to its end would hold its connection for ever.
      given.abort();
      signal.throwIfAborted();
      if (error instanceof FhirServerError) throw error;
      if (late.aborted) throw new FhirServerError('TIMED_OUT', `The FHIR server took too long over ${what}.`);
      throw failure(what, error);
    }
  }

  async function* search(
    type: string,
    parameters: Parameters,
    signal: AbortSignal,
    mostPages: number = limits.pages,
  ): AsyncGenerator<readonly Resource[]> {
    const what = `a search for ${type}`;
    const form = new URLSearchParams({ ...parameters, _count: String(limits.pageSize) });
    let bundle = await ask(what, new URL(`${type}/_search`, base), form, signal).catch((error: unknown) => {
      // Of the first page alone: a later one that is not found has gone meanwhile.
      throw error instanceof FhirServerError && error.unknown ? new UnknownTypeError(type, error.message) : error;
    });
    const seen = new Set<string>();
    const numbers = Object.values(parameters).flatMap(numbersIn);
    let received = 0;
    for (let page = 1; ; page++) {
      const resources = matches(what, type, bundle);
      received += resources.length;
      yield resources;
      const next = nextPage(what, bundle, base);
      if (next === null) {
        if (typeof bundle.total === 'number' && received < bundle.total) {
          throw new FhirServerError('INVALID', `The FHIR server gave fewer records than it counts for ${what}.`);
        }
        return;
      }
      if (seen.has(next.key))
        throw new FhirServerError('INVALID', `The FHIR server's pages go in a circle for ${what}.`);
      seen.add(next.key);
      if (page === mostPages) {
        throw new FhirServerError('INVALID', `The FHIR server has more than ${mostPages} pages for ${what}.`);
      }
      if (holds(next.url.href, numbers)) {
        throw new FhirServerError(
          'INVALID',
          `The FHIR server's next page has a patient's number in its address for ${what}.`,
        );
      }
      bundle = await ask(what, next.url, next.form, signal);
    }
  }

  return {
    search,
    async check(signal) {
      const statement = await ask('its capabilities', new URL('metadata', base), null, signal);
      if (statement.resourceType !== 'CapabilityStatement' || !/^4\.0(\.|$)/.test(String(statement.fhirVersion))) {
        throw new FhirServerError('INVALID', 'The FHIR server does not speak FHIR R4 (fhirVersion 4.0).');
      }
      return typesIn(statement);
    },
    close() {
      closing.abort();
      agent.destroy();
    },
  };
}

async function bearerOf(token: () => Promise<string>): Promise<string> {
  try {
    return await token();
  } catch {
    throw new FhirServerError('UNREACHABLE', 'The token for the FHIR server is not where the configuration says.');
  }
}

/** Nothing that another part of the machine said goes into the message: it may repeat an address. */
function failure(what: string, error: unknown): FhirServerError {
  if (error instanceof Error && 'type' in error && error.type === 'max-size') {
    return new FhirServerError('INVALID', `The FHIR server's answer is too large for ${what}.`);
  }
  const code =
    error instanceof Error && 'code' in error && /^[A-Z_]{1,40}$/.test(String(error.code)) ? error.code : null;
  return new FhirServerError(
    'UNREACHABLE',
    `The FHIR server could not be reached for ${what}${code ? ` (${code})` : ''}.`,
  );
}

/** The JSON object that a response holds. */
async function read(what: string, response: Response): Promise<Element> {
  const type = response.headers.get('content-type') ?? '';
  const isJson = /^application\/(fhir\+)?json *(;|$)/i.test(type);
  if (response.status !== 200) {
    const body = isJson ? json(what, await response.text()) : null;
    throw new FhirServerError(
      'REFUSED',
      `The FHIR server answered ${response.status}${inBrackets(issues(body))} to ${what}.`,
      response.status === 404 || issues(body).includes('not-supported'),
    );
  }
  if (!isJson) throw new FhirServerError('INVALID', `The FHIR server did not answer with FHIR JSON to ${what}.`);
  const body = json(what, await response.text());
  if (!isElement(body)) throw new FhirServerError('INVALID', `The FHIR server answered no FHIR resource to ${what}.`);
  if (body.resourceType === 'OperationOutcome') {
    const codes = issues(body);
    const unknown = codes.includes('not-supported');
    throw new FhirServerError('REFUSED', `The FHIR server declined${inBrackets(codes)} ${what}.`, unknown);
  }
  return body;
}

/** The resource types that a CapabilityStatement names: none, when it names none, or not in the form that FHIR R4 says. */
function typesIn(statement: Element): ReadonlySet<string> {
  try {
    const named = elements(statement, 'rest').flatMap((rest) => elements(rest, 'resource'));
    return new Set(named.flatMap((resource) => text(resource, 'type') ?? []));
  } catch (error) {
    if (error instanceof Malformed) return new Set();
    throw error;
  }
}

function json(what: string, body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new FhirServerError('INVALID', `The FHIR server did not answer with JSON to ${what}.`);
  }
}

/** The codes of an OperationOutcome's issues, which are a fixed list in FHIR; its words may name a patient. */
function issues(outcome: unknown): readonly string[] {
  if (!isElement(outcome) || !Array.isArray(outcome.issue)) return [];
  const codes = outcome.issue.flatMap((issue) =>
    isElement(issue) && typeof issue.code === 'string' && /^[a-z-]{1,30}$/.test(issue.code) ? [issue.code] : [],
  );
  return [...new Set(codes)].slice(0, 5);
}

const inBrackets = (codes: readonly string[]): string => (codes.length === 0 ? '' : ` (${codes.join(', ')})`);

/** The resources of a page that match the search. What the server sends along beside them is passed over. */
function matches(what: string, type: string, bundle: Element): readonly Resource[] {
  const invalid = (why: string) => new FhirServerError('INVALID', `The FHIR server answered ${why} to ${what}.`);
  if (bundle.resourceType !== 'Bundle' || bundle.type !== 'searchset')
    throw invalid('something else than search results');
  try {
    return elements(bundle, 'entry').flatMap((entry) => {
      const resource = entry.resource;
      const search = isElement(entry.search) ? entry.search.mode : undefined;
      if (search === 'include') return [];
      if (isElement(resource) && resource.resourceType === 'OperationOutcome') {
        const grave = elements(resource, 'issue').some(({ severity }) => severity === 'error' || severity === 'fatal');
        if (grave)
          throw new FhirServerError('REFUSED', `The FHIR server declined${inBrackets(issues(resource))} ${what}.`);
        return [];
      }
      if (!isResource(resource)) throw invalid('an entry without a resource');
      if (resource.resourceType !== type) throw invalid('a resource of another type');
      return [resource];
    });
  } catch (error) {
    if (error instanceof Malformed) throw invalid('a malformed bundle');
    throw error;
  }
}

interface NextPage {
  readonly url: URL;
  readonly form: URLSearchParams | null;
  readonly key: string;
}

/**
 * Where the next page is. A link that repeats the search (`[type]?identifier=…`) is followed by POST, as the same search
 * is in FHIR R4; one that the server made up for the purpose is followed as it is.
 */
function nextPage(what: string, bundle: Element, base: URL): NextPage | null {
  const invalid = (why: string) => new FhirServerError('INVALID', `The FHIR server's next page ${why} for ${what}.`);
  let link: string | null;
  try {
    const found = elements(bundle, 'link').find(({ relation }) => relation === 'next');
    link = found ? text(found, 'url') : null;
    if (found && link === null) throw invalid('has no address');
  } catch (error) {
    if (error instanceof Malformed) throw invalid('is malformed');
    throw error;
  }
  if (link === null) return null;
  if (!URL.canParse(link, base.href)) throw invalid('has no address');
  const url = new URL(link, base);
  if (url.origin !== base.origin || url.username !== '' || url.password !== '') throw invalid('is on another server');
  url.hash = '';
  const key = url.href;
  const path = /^([A-Z][A-Za-z]+)(\/_search)?$/.exec(
    url.pathname.startsWith(base.pathname) ? url.pathname.slice(base.pathname.length) : '',
  );
  if (!path) return { url, form: null, key };
  const form = new URLSearchParams(url.search);
  return { url: new URL(`${path[1]}/_search`, base), form, key };
}
