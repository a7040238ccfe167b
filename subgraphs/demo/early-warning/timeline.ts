import type { Severity } from '@caregraph/early-warning/rule.ts';
import { addDays } from '@caregraph/service/uk-time.ts';
import type { LocalDate } from '@caregraph/trust/records.ts';
import { scaleTime } from 'd3-scale';

/** What a timeline shows: a lane for each trust, and below them a line for each rule. */
export interface Timeline {
  readonly title: string;
  /** What stands under the picture. */
  readonly notes: readonly string[];
  readonly from: LocalDate;
  /** The last day. */
  readonly until: LocalDate;
  readonly lanes: readonly Lane[];
  readonly rules: readonly RuleLine[];
}

/** One trust, and what it wrote down. */
export interface Lane {
  readonly odsCode: string;
  readonly name: string;
  readonly marks: readonly Mark[];
}

/** What happened on a day, or from one to another. */
export interface Mark {
  readonly kind: 'seen' | 'missed' | 'stay' | 'detention';
  readonly from: LocalDate;
  readonly to: LocalDate;
  /** What is shown of it to whoever points at it. */
  readonly says: string;
}

/** On which day a rule would first have spoken: over the shared record, and to each trust over its own records alone. */
export interface RuleLine {
  readonly id: string;
  readonly severity: Severity;
  readonly shared: LocalDate | null;
  readonly alone: readonly { readonly odsCode: string; readonly day: LocalDate }[];
}

const WIDTH = 1_320;
const LEFT = 330;
const RIGHT = 330;
const TOP = 92;
const LANE = 46;
const LINE = 26;

/** Ink for what is seen by all, by Okabe and Ito, which those who see fewer colours can tell apart. */
const SHARED = '#d55e00';
const ALONE = '#0072b2';
const INK = '#1d2433';
const FAINT = '#c9cfda';

/** Draws a timeline as an SVG document (SVG 1.1), which needs nothing else. */
export function timelineSvg({ title, notes, from, until, lanes, rules }: Timeline): string {
  const scale = scaleTime()
    .domain([midnight(from), midnight(addDays(until, 1))])
    .range([LEFT, WIDTH - RIGHT]);
  const x = (day: LocalDate): number => round(scale(midnight(day)));
  const rulesTop = TOP + lanes.length * LANE + 56;
  const bottom = rulesTop + rules.length * LINE;
  const height = bottom + 58 + notes.length * 18;
  const years = scale.ticks(6).map((tick) => {
    const at = round(scale(tick));
    const label = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric', timeZone: 'UTC' }).format(tick);
    return `<line x1="${at}" x2="${at}" y1="${TOP - 8}" y2="${bottom}" stroke="${FAINT}" stroke-dasharray="2 4"/>
      ${text(at, TOP - 14, label, 'axis', 'middle')}`;
  });
  const isTo = round(scale(midnight(addDays(until, 1))));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title">
<title id="title">${escaped(title)}</title>
<style>
  text { font-family: "Helvetica Neue", Arial, sans-serif; fill: ${INK}; font-size: 13px; }
  .title { font-size: 20px; font-weight: 600; }
  .axis, .note, .day { font-size: 12px; fill: #4a5264; }
  .head { font-size: 12px; font-weight: 600; letter-spacing: 0.04em; }
  .never { font-size: 12px; fill: #8a92a3; }
</style>
<rect width="100%" height="100%" fill="#ffffff"/>
${text(24, 36, title, 'title')}
${legend()}
${years.join('\n')}
${lanes.map((lane, i) => drawLane(lane, TOP + i * LANE, x, isTo)).join('\n')}
${text(24, rulesTop - 18, 'WHEN EACH RULE WOULD FIRST HAVE SPOKEN', 'head')}
${rules.map((rule, i) => drawRule(rule, rulesTop + i * LINE, x, isTo)).join('\n')}
${notes.map((note, i) => text(24, bottom + 36 + i * 18, note, 'note')).join('\n')}
</svg>
`;
}

function legend(): string {
  const y = 58;
  const entries: readonly (readonly [string, string])[] = [
    [dot(0, y, INK), 'met'],
    [ring(0, y, INK), 'missed'],
    [bar(-8, 8, y, '#7f8ea8'), 'in hospital'],
    [bar(-8, 8, y, '#cc79a7'), 'place of safety'],
    [diamond(0, y, SHARED), 'the shared record'],
    [dot(0, y, ALONE, 3.5), 'a trust alone'],
  ];
  return entries
    .map(
      ([shape, word], i) =>
        `<g transform="translate(${LEFT + 8 + i * 136} 0)">${shape}${text(14, y + 4, word, 'axis')}</g>`,
    )
    .join('\n');
}

function drawLane({ odsCode, name, marks }: Lane, top: number, x: (day: LocalDate) => number, end: number): string {
  const y = top + LANE / 2;
  return `<g>
${text(24, y + 4, `${name} (${odsCode})`)}
<line x1="${LEFT}" x2="${end}" y1="${y}" y2="${y}" stroke="${FAINT}" stroke-width="2"/>
${marks
  .toSorted((one, other) => ORDER.indexOf(one.kind) - ORDER.indexOf(other.kind))
  .map((mark) => `<g><title>${escaped(mark.says)}</title>${drawMark(mark, y, x)}</g>`)
  .join('\n')}
</g>`;
}

/** What lies under what. */
const ORDER: readonly Mark['kind'][] = ['stay', 'detention', 'missed', 'seen'];

function drawMark({ kind, from, to }: Mark, y: number, x: (day: LocalDate) => number): string {
  switch (kind) {
    case 'seen':
      return dot(x(from), y, INK);
    case 'missed':
      return ring(x(from), y, INK);
    case 'stay':
      return bar(x(from), x(addDays(to, 1)), y, '#7f8ea8');
    case 'detention':
      return bar(x(from), Math.max(x(addDays(to, 1)), x(from) + 5), y, '#cc79a7');
  }
}

function drawRule({ id, shared, alone }: RuleLine, top: number, x: (day: LocalDate) => number, end: number): string {
  const y = top + LINE / 2;
  const sorted = alone.toSorted((one, other) => (one.day < other.day ? -1 : 1));
  const [soonest] = sorted;
  const marks = sorted.map(
    ({ odsCode, day }) => `<g><title>${odsCode} alone: ${day}</title>${dot(x(day), y, ALONE, 3.5)}</g>`,
  );
  const join =
    shared && soonest && shared < soonest.day
      ? `<line x1="${x(shared)}" x2="${x(soonest.day)}" y1="${y}" y2="${y}" stroke="${SHARED}" stroke-width="2"/>`
      : '';
  const whole = shared ? `<g><title>The shared record: ${shared}</title>${diamond(x(shared), y, SHARED)}</g>` : '';
  const words = shared
    ? `${shared}; alone ${soonest ? `${soonest.day} (${soonest.odsCode})` : 'never'}`
    : 'has not spoken';
  return `<g>
${text(24, y + 4, id, shared ? '' : 'never')}
<line x1="${LEFT}" x2="${end}" y1="${y}" y2="${y}" stroke="#eef0f4"/>
${join}${whole}${marks.join('')}
${text(end + 16, y + 4, words, shared ? 'day' : 'never')}
</g>`;
}

const midnight = (day: LocalDate): Date => new Date(`${day}T00:00:00Z`);
const round = (value: number): number => Math.round(value * 10) / 10;

const dot = (cx: number, cy: number, fill: string, r = 5): string =>
  `<circle cx="${cx}" cy="${cy}" r="${r}" fill="${fill}" stroke="#fff"/>`;
const ring = (cx: number, cy: number, ink: string): string =>
  `<circle cx="${cx}" cy="${cy}" r="4.5" fill="#fff" stroke="${ink}" stroke-width="2"/>`;
const bar = (from: number, to: number, y: number, fill: string): string =>
  `<rect x="${from}" y="${y - 9}" width="${round(Math.max(to - from, 3))}" height="18" rx="3" fill="${fill}" fill-opacity="0.75"/>`;
const diamond = (x: number, y: number, fill: string): string =>
  `<path d="M${x} ${y - 7} L${round(x + 7)} ${y} L${x} ${y + 7} L${round(x - 7)} ${y} Z" fill="${fill}" stroke="#fff"/>`;

const text = (x: number, y: number, words: string, kind = '', anchor = 'start'): string =>
  `<text x="${x}" y="${y}"${kind && ` class="${kind}"`} text-anchor="${anchor}">${escaped(words)}</text>`;

const escaped = (words: string): string =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
