import snomedTeams from '@caregraph/schema/codes/snomed-team-types.json' with { type: 'json' };
import teamTypes from '@caregraph/schema/codes/team-types.json' with { type: 'json' };

/** A concept as a record has it. */
interface Coding {
  readonly system?: string | null | undefined;
  readonly code: string;
}

const snomedTeamTypes = new Map(Object.entries(snomedTeams.codes).map(([code, { teamType }]) => [code, teamType]));

/** The service or team type (MHSDS) of a team; `null` when it cannot be told. */
export function teamTypeOf(coding: Coding | null | undefined): string | null {
  if (coding?.system === snomedTeams.system) return snomedTeamTypes.get(coding.code) ?? null;
  const code = codeOf(coding);
  return code !== null && (code in teamTypes.codes || /^[A-Z]\d\d$/.test(code)) ? code : null;
}

/**
 * A code of the NHS Data Dictionary, which is also what a code of no system is taken for; `null` for one of another system, or
 * none.
 */
export function codeOf(coding: Coding | null | undefined): string | null {
  if (!coding) return null;
  const { system, code } = coding;
  return !system || /^https?:\/\/(www\.)?datadictionary\.nhs\.uk\//.test(system) ? code : null;
}
