import type { ODSCode, Team, Telecom } from '@caregraph/trust/records.ts';
import { type ConsortiumTrust, consortiumTrust } from '../consortium.ts';
import { type TeamType, teamType } from './codes.ts';

/**
 * A trust of the demo as its made-up records know it. Names of organisations and towns are real; units, wards, teams and
 * numbers are not, and all telephone numbers are from Ofcom's ranges for drama.
 */
export interface Trust extends ConsortiumTrust {
  /** The trusts whose patients are met here most. */
  readonly neighbours: readonly ODSCode[];
  /** A number of Ofcom's ranges for drama, less its last three digits. */
  readonly numbers: string;
  readonly towns: readonly string[];
  readonly unit: string;
  readonly wards: { readonly women: string; readonly men: string; readonly intensive: string; readonly older: string };
  readonly cafe: string;
  readonly house: string;
  /** About how many of each hundred patients live here. */
  readonly share: number;
}

/** The teams of each trust that a patient may meet. */
export type TeamKind =
  | 'crisis'
  | 'line'
  | 'liaison'
  | 'placeOfSafety'
  | 'cafe'
  | 'decision'
  | 'house'
  | 'community'
  | 'young'
  | 'older'
  | 'early'
  | 'perinatal'
  | 'eating';

const WEST_MIDLANDS = ['RXT', 'TAJ', 'RYK', 'RYG', 'RQ3'];
const NORTH_WEST = ['RW5', 'RW4', 'RXA', 'RNN'];

/**
 * The trusts with generated patients. South London and Maudsley (RV5) is not among them: it runs on HL7's example
 * resources (`fhir/`).
 */
export const TRUSTS: readonly Trust[] = [
  {
    ...consortiumTrust('RW5'),
    neighbours: NORTH_WEST,
    numbers: '01632 960',
    towns: ['Preston', 'Blackburn', 'Burnley', 'Lancaster', 'Chorley', 'Ormskirk'],
    unit: 'the Fernleigh Unit, Blackburn',
    wards: { women: 'Hyndburn Ward', men: 'Calder Ward', intensive: 'Darwen Ward', older: 'Bowland Ward' },
    cafe: 'The Lantern, Preston',
    house: 'Willow House, Chorley',
    share: 12,
  },
  {
    ...consortiumTrust('RXA'),
    neighbours: NORTH_WEST,
    numbers: '01632 960',
    towns: ['Chester', 'Birkenhead', 'Crewe', 'Macclesfield', 'Ellesmere Port'],
    unit: 'the Sandstone Unit, Chester',
    wards: { women: 'Beeston Ward', men: 'Delamere Ward', intensive: 'Peckforton Ward', older: 'Hilbre Ward' },
    cafe: 'The Crossing, Birkenhead',
    house: 'Weaver House, Crewe',
    share: 8,
  },
  {
    ...consortiumTrust('RNN'),
    neighbours: NORTH_WEST,
    numbers: '01632 960',
    towns: ['Carlisle', 'Penrith', 'Kendal', 'Whitehaven', 'Barrow-in-Furness'],
    unit: 'the Eden Unit, Carlisle',
    wards: { women: 'Derwent Ward', men: 'Ullswater Ward', intensive: 'Rydal Ward', older: 'Solway Ward' },
    cafe: 'The Lighthouse, Carlisle',
    house: 'Fell House, Kendal',
    share: 6,
  },
  {
    ...consortiumTrust('RV9'),
    neighbours: ['RHA'],
    numbers: '01632 960',
    towns: ['Hull', 'Beverley', 'Bridlington', 'Goole', 'Hessle'],
    unit: 'the Westwood Unit, Hull',
    wards: { women: 'Avocet Ward', men: 'Lapwing Ward', intensive: 'Heron Ward', older: 'Curlew Ward' },
    cafe: 'The Harbour Lamp, Hull',
    house: 'Minster House, Beverley',
    share: 7,
  },
  {
    ...consortiumTrust('RH5'),
    neighbours: ['RXT', 'RHA'],
    numbers: '0117 496 0',
    towns: ['Taunton', 'Yeovil', 'Bridgwater', 'Wells', 'Minehead'],
    unit: 'the Quantock Unit, Taunton',
    wards: { women: 'Rowan Ward', men: 'Mendip Ward', intensive: 'Exmoor Ward', older: 'Levels Ward' },
    cafe: 'The Orchard, Bridgwater',
    house: 'Blackdown House, Yeovil',
    share: 6,
  },
  {
    ...consortiumTrust('RW4'),
    neighbours: NORTH_WEST,
    numbers: '0151 496 0',
    towns: ['Liverpool', 'Bootle', 'Southport', 'Kirkby', 'St Helens'],
    unit: 'the Brunswick Unit, Liverpool',
    wards: { women: 'Albert Ward', men: 'Canning Ward', intensive: 'Stanley Ward', older: 'Formby Ward' },
    cafe: 'The Front Room, Liverpool',
    house: 'Sefton House, Southport',
    share: 10,
  },
  {
    ...consortiumTrust('RHA'),
    neighbours: ['RV9', 'RYG'],
    numbers: '0115 496 0',
    towns: ['Nottingham', 'Mansfield', 'Newark-on-Trent', 'Worksop', 'Beeston'],
    unit: 'the Trent Bridge Unit, Nottingham',
    wards: { women: 'Rufford Ward', men: 'Clumber Ward', intensive: 'Thoresby Ward', older: 'Newstead Ward' },
    cafe: 'The Sanctuary, Nottingham',
    house: 'Birklands House, Mansfield',
    share: 9,
  },
  {
    ...consortiumTrust('RXT'),
    neighbours: WEST_MIDLANDS,
    numbers: '0121 496 0',
    towns: ['Birmingham', 'Solihull', 'Sutton Coldfield', 'Erdington', 'Northfield'],
    unit: 'the Edgbaston Gate Unit, Birmingham',
    wards: { women: 'Larch Ward', men: 'Cole Ward', intensive: 'Rea Ward', older: 'Sycamore Ward' },
    cafe: 'The Canal Room, Birmingham',
    house: 'Highfield House, Erdington',
    share: 12,
  },
  {
    ...consortiumTrust('TAJ'),
    neighbours: WEST_MIDLANDS,
    numbers: '0121 496 0',
    towns: ['Wolverhampton', 'West Bromwich', 'Oldbury', 'Smethwick', 'Wednesbury'],
    unit: 'the Penn Road Unit, Wolverhampton',
    wards: { women: 'Brook Ward', men: 'Dale Ward', intensive: 'Forge Ward', older: 'Meadow Ward' },
    cafe: 'The Foundry, West Bromwich',
    house: 'Tettenhall House, Wolverhampton',
    share: 8,
  },
  {
    ...consortiumTrust('RYK'),
    neighbours: WEST_MIDLANDS,
    numbers: '01632 960',
    towns: ['Dudley', 'Walsall', 'Stourbridge', 'Halesowen', 'Willenhall'],
    unit: 'the Castle Hill Unit, Dudley',
    wards: { women: 'Clent Ward', men: 'Kinver Ward', intensive: 'Wrens Ward', older: 'Arboretum Ward' },
    cafe: 'The Glassworks, Stourbridge',
    house: 'Bloxwich House, Walsall',
    share: 7,
  },
  {
    ...consortiumTrust('RYG'),
    neighbours: WEST_MIDLANDS,
    numbers: '01632 960',
    towns: ['Coventry', 'Warwick', 'Rugby', 'Nuneaton', 'Leamington Spa'],
    unit: 'the Spires Unit, Coventry',
    wards: { women: 'Sherbourne Ward', men: 'Avon Ward', intensive: 'Swift Ward', older: 'Leam Ward' },
    cafe: 'The Weavers’ Table, Coventry',
    house: 'Arden House, Leamington Spa',
    share: 8,
  },
  {
    ...consortiumTrust('RQ3'),
    neighbours: WEST_MIDLANDS,
    numbers: '0121 496 0',
    towns: ['Birmingham', 'Kings Heath', 'Aston', 'Selly Oak'],
    unit: 'the Parkside Unit, Birmingham',
    wards: { women: 'Finch Ward', men: 'Wren Ward', intensive: 'Merlin Ward', older: 'Kestrel Ward' },
    cafe: 'The Den, Birmingham',
    house: 'Cannon Hill House, Birmingham',
    share: 7,
  },
];

/** The trust with this code. @throws when it has no generated patients. */
export function trustOf(odsCode: ODSCode): Trust {
  const trust = TRUSTS.find((one) => one.odsCode === odsCode);
  if (!trust) throw new Error(`${odsCode} is none of the trusts with made-up records.`);
  return trust;
}

const TEAMS: Readonly<
  Record<TeamKind, { readonly type: TeamType | null; readonly name: (trust: Trust, town: string) => string }>
> = {
  crisis: { type: 'A02', name: (_trust, town) => `${town} Crisis Resolution and Home Treatment Team` },
  line: { type: 'A19', name: ({ name }) => `${name} 24-hour crisis line` },
  liaison: { type: 'A11', name: (_trust, town) => `${town} Liaison Psychiatry` },
  placeOfSafety: { type: 'A20', name: ({ unit }) => `Place of safety, ${unit}` },
  cafe: { type: 'A21', name: ({ cafe }) => `${cafe} (crisis café)` },
  decision: { type: 'A23', name: ({ unit }) => `Psychiatric decision unit, ${unit}` },
  house: { type: 'A25', name: ({ house }) => `${house} (crisis house)` },
  community: { type: 'A06', name: (_trust, town) => `${town} Community Mental Health Team` },
  // Which MHSDS type this is, is not known here for sure.
  young: { type: null, name: (_trust, town) => `${town} Children and Young People’s Mental Health Team` },
  older: { type: 'A07', name: (_trust, town) => `${town} Older People’s Community Mental Health Team` },
  early: { type: 'A14', name: (_trust, town) => `${town} Early Intervention in Psychosis Team` },
  perinatal: { type: 'C02', name: ({ name }) => `${name} Perinatal Mental Health Team` },
  eating: { type: 'C10', name: ({ name }) => `${name} Eating Disorder Service` },
};

const KINDS = Object.keys(TEAMS);

/** A team of a trust, in the town where its patients live. */
export function teamOf(trust: Trust, kind: TeamKind, town: string): Team {
  const { type, name } = TEAMS[kind];
  return { name: name(trust, town), type: type && teamType(type) };
}

/** A team's work number, the same every time. Teams of different trusts have different ones. */
export function teamNumber(trust: Trust, kind: TeamKind, town: string): Telecom {
  const serial =
    TRUSTS.indexOf(trust) * 80 + Math.max(0, trust.towns.indexOf(town)) * KINDS.length + KINDS.indexOf(kind);
  return {
    system: 'PHONE',
    value: `${trust.numbers}${String(serial).padStart(3, '0')}`,
    use: 'WORK',
    rank: 1,
    voicemail: false,
  };
}
