import { callerOf } from '@caregraph/gateway/access/caller.ts';
import { UnauthenticatedError } from '@caregraph/service/authenticate.ts';
import { describe, expect, test } from 'vitest';

const role = { person_roleid: '1', org_code: 'RRU', role_code: 'S8000:G8000:R1070' };
const claims = { nhsid_useruid: 'u', nhsid_nrbac_roles: [role], reason_for_request: 'directcare' };

describe('the claims of a token', () => {
  test('say who asks: user, organisation, role and purpose', () => {
    const caller = { user: 'u', organisation: 'RRU', role: 'paramedic', purpose: 'directcare' };
    expect(callerOf(claims)).toEqual(caller);
    expect(callerOf({ ...claims, nhsid_nrbac_roles: [{ ...role, org_code: 'rru', role_code: 'R1070' }] })).toEqual(
      caller,
    );
    expect(callerOf({ ...claims, reason_for_request: 'patientaccess' }).purpose).toBe('patientaccess');
  });

  test.each<[string, unknown, RegExp]>([
    ['nothing', {}, /nhsid_useruid.*nhsid_nrbac_roles.*reason_for_request/],
    ['no user', { ...claims, nhsid_useruid: '' }, /nhsid_useruid/],
    ['no purpose', { ...claims, reason_for_request: undefined }, /reason_for_request/],
    ['another purpose', { ...claims, reason_for_request: 'research' }, /reason_for_request/],
    ['no role', { ...claims, nhsid_nrbac_roles: [] }, /nhsid_nrbac_roles/],
    [
      'two roles, and nobody knows which is in use',
      { ...claims, nhsid_nrbac_roles: [role, role] },
      /several roles.*person_roleid.*nhsd-session-urid/,
    ],
    ['a role that is not known', { ...claims, nhsid_nrbac_roles: [{ ...role, role_code: 'R9999' }] }, /role/],
    ['a role in the middle', { ...claims, nhsid_nrbac_roles: [{ ...role, role_code: 'R1070:X' }] }, /role/],
    ['an organisation that is none', { ...claims, nhsid_nrbac_roles: [{ ...role, org_code: 'R!' }] }, /organisation/],
  ])('that hold %s are refused, saying which', (_name, payload, message) => {
    expect(() => callerOf(payload)).toThrow(UnauthenticatedError);
    expect(() => callerOf(payload)).toThrow(message);
  });
});
