import { type CallerReading, callerOf, callerReading, ROLE_HEADER } from '@caregraph/gateway/access/caller.ts';
import { roleCode, roleName } from '@caregraph/gateway/access/roles.ts';
import { gatewayConfig } from '@caregraph/gateway/config.ts';
import { UnauthenticatedError } from '@caregraph/service/authenticate.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const role = { person_roleid: '1', org_code: 'RRU', role_code: 'S8000:G8000:R1070' };
const other = { person_roleid: '2', org_code: 'RXT', role_code: 'S8000:G8000:R8000' };
const claims = { nhsid_useruid: 'u', nhsid_nrbac_roles: [role], reason_for_request: 'directcare' };
const caller = { user: 'u', organisation: 'RRU', role: 'paramedic', purpose: 'directcare' };

function refused(payload: unknown, named?: string | readonly string[], reading?: CallerReading): string {
  try {
    callerOf(payload, named, reading);
  } catch (error) {
    if (error instanceof UnauthenticatedError) return error.message;
    throw error;
  }
  throw new Error('A caller was read from it.');
}

describe('the claims of a token', () => {
  test('say who asks: user, organisation, role and purpose', () => {
    expect(callerOf(claims)).toEqual(caller);
    expect(callerOf({ ...claims, nhsid_nrbac_roles: [{ ...role, org_code: 'rru', role_code: 'R1070' }] })).toEqual(
      caller,
    );
    expect(callerOf({ ...claims, reason_for_request: 'patientaccess' }).purpose).toBe('patientaccess');
  });

  test.each(roleName.options)('name every role by its SDS code: %s', (name) => {
    const held = [{ ...role, role_code: `S8000:G8000:${roleCode(name)}` }];
    expect(callerOf({ ...claims, nhsid_nrbac_roles: held }).role).toBe(name);
  });

  test.each(['555254239107', 'a', 'a b', 'someone@example.nhs.uk', 'x'.repeat(128), '"; --', '~'])(
    'call the user whatever can be printed: %j',
    (user) => {
      expect(callerOf({ ...claims, nhsid_useruid: user }).user).toBe(user);
    },
  );

  test.each(['', ' ', ' a', 'a ', 'a\n', 'a\nb', 'a\0', 'a\u202eb', 'Zoë', 'x'.repeat(129), 1, null, ['u'], {}])(
    'are refused when the user is called %j',
    (user) => {
      expect(refused({ ...claims, nhsid_useruid: user })).toMatch(/nhsid_useruid must be 1 to 128 printable/);
    },
  );

  test.each<[string, unknown, RegExp]>([
    ['nothing', {}, /nhsid_useruid.*nhsid_nrbac_roles.*reason_for_request/],
    ['nothing that could hold a claim', null, /nhsid_useruid/],
    ['no purpose', { ...claims, reason_for_request: undefined }, /must be one of directcare, patientaccess/],
    ['another purpose', { ...claims, reason_for_request: 'research' }, /must be one of directcare, patientaccess/],
    ['a purpose in capitals', { ...claims, reason_for_request: 'DirectCare' }, /reason_for_request/],
    ['two purposes', { ...claims, reason_for_request: ['directcare'] }, /reason_for_request/],
    ['no role', { ...claims, nhsid_nrbac_roles: [] }, /nhsid_nrbac_roles must be the list/],
    ['no list of roles', { ...claims, nhsid_nrbac_roles: role }, /nhsid_nrbac_roles must be the list/],
    ['roles that are none', { ...claims, nhsid_nrbac_roles: ['R1070'] }, /nhsid_nrbac_roles must be the list/],
    ['a role that is not known', { ...claims, nhsid_nrbac_roles: [{ ...role, role_code: 'R9999' }] }, /role/],
    ['a role in the middle', { ...claims, nhsid_nrbac_roles: [{ ...role, role_code: 'R1070:X' }] }, /role/],
    ['a role by our name', { ...claims, nhsid_nrbac_roles: [{ ...role, role_code: 'paramedic' }] }, /role/],
    ['an organisation that is none', { ...claims, nhsid_nrbac_roles: [{ ...role, org_code: 'R!' }] }, /organisation/],
  ])('that hold %s are refused, saying which', (_name, payload, message) => {
    expect(refused(payload)).toMatch(message);
  });

  test('are repeated in no refusal', () => {
    const secret = '9434765919';
    for (const payload of [
      { ...claims, nhsid_useruid: `${secret}\n` },
      { ...claims, reason_for_request: secret },
      { ...claims, selected_roleid: secret },
      { ...claims, nhsid_nrbac_roles: [{ ...role, org_code: `${secret}!` }] },
      { ...claims, nhsid_nrbac_roles: [{ ...role, role_code: secret }] },
    ]) {
      expect(refused(payload)).not.toContain(secret);
    }
    expect(refused(claims, secret)).not.toContain(secret);
  });
});

describe('a user with several roles', () => {
  const both = { ...claims, nhsid_nrbac_roles: [role, other] };
  const inOther = { ...caller, organisation: 'RXT', role: 'crisis-clinician' };

  test('names the one in use in a header', () => {
    expect(callerOf(both, '1')).toEqual(caller);
    expect(callerOf(both, '2')).toEqual(inOther);
    expect(callerOf(both, ' 2 ')).toEqual(inOther);
  });

  test('or has it named by the token', () => {
    expect(callerOf({ ...both, selected_roleid: '2' })).toEqual(inOther);
    expect(callerOf({ ...both, selected_roleid: '2' }, '2')).toEqual(inOther);
  });

  test('is told how to name it when neither does', () => {
    const message = /several roles\. Name the one in use by its person_roleid, in the header nhsd-session-urid/;
    expect(refused(both)).toMatch(message);
    expect(refused(both, '')).toMatch(message);
    expect(refused({ ...both, selected_roleid: '' })).toMatch(message);
  });

  test('is refused when the header names another than the token', () => {
    expect(refused({ ...both, selected_roleid: '2' }, '1')).toMatch(/another role than the token's claim/);
  });

  test('is refused when the role that is named is not held', () => {
    expect(refused(both, '3')).toMatch(/header nhsd-session-urid must name one role .* holds none/);
    expect(refused(both, '1, 2')).toMatch(/holds none/);
    expect(refused(both, ['1', '2'])).toMatch(/holds none/);
    expect(refused({ ...both, selected_roleid: '3' })).toMatch(
      /claim selected_roleid must name one role .* holds none/,
    );
    for (const odd of [3, true, [], ['2'], {}]) refused({ ...both, selected_roleid: odd });
  });

  test('is refused when two roles have the id that is named: nobody knows which', () => {
    expect(refused({ ...claims, nhsid_nrbac_roles: [role, { ...other, person_roleid: '1' }] }, '1')).toMatch(
      /holds several of that id/,
    );
  });

  test('may hold roles that mean nothing here, as long as none of them is in use', () => {
    const clerk = { person_roleid: '3', org_code: '??', role_code: 'S8000:G8000:R8010' };
    expect(callerOf({ ...claims, nhsid_nrbac_roles: [clerk, role] }, '1')).toEqual(caller);
    expect(refused({ ...claims, nhsid_nrbac_roles: [clerk, role] }, '3')).toMatch(/not an ODS code/);
  });

  test('of one role needs to name nothing, but may not name another', () => {
    expect(callerOf(claims, '1')).toEqual(caller);
    expect(callerOf(claims, '')).toEqual(caller);
    expect(refused(claims, '2')).toMatch(/holds none/);
    expect(refused({ ...claims, selected_roleid: '2' })).toMatch(/holds none/);
  });

  test('is never given a role that nobody named, whatever is held and named', () => {
    const id = fc.constantFrom('1', '2', '3');
    const held = fc.array(fc.record({ person_roleid: id, org_code: fc.constantFrom('RRU', 'RXT', 'RW4') }), {
      maxLength: 4,
    });
    const maybe = fc.option(id, { nil: undefined });
    fc.assert(
      fc.property(held, maybe, maybe, (roles, selected, header) => {
        const payload = {
          ...claims,
          nhsid_nrbac_roles: roles.map((each) => ({ ...each, role_code: 'R1070' })),
          ...(selected && { selected_roleid: selected }),
        };
        // Read slowly: of each role, whether everything that was said is true of it alone.
        const possible = roles.filter(
          ({ person_roleid }) =>
            [selected, header].every((name) => name === undefined || name === person_roleid) &&
            (selected ?? header ?? roles.length < 2),
        );
        const [only] = possible;
        if (only && possible.length === 1) expect(callerOf(payload, header).organisation).toBe(only.org_code);
        else refused(payload, header);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('an issuer of other tokens', () => {
  const reading = (text: unknown): CallerReading => callerReading.parse(text);
  const nrl = { requesting_user: 'u', requesting_organization: 'RRU', reason_for_request: 'directcare' };
  const flat = { user: 'requesting_user', roles: null, organisation: 'requesting_organization' };

  test('is read as configured: one role, in the token itself', () => {
    const by = reading({ claims: { ...flat, role: 'requesting_role' } });
    expect(callerOf({ ...nrl, requesting_role: 'R1070' }, undefined, by)).toEqual(caller);
    expect(refused({ ...nrl, requesting_role: 'R9999' }, undefined, by)).toMatch(/role in the token is not one/);
    expect(refused(nrl, undefined, by)).toMatch(/role in the token is not one/);
    expect(refused({ ...nrl, requesting_role: 'R1070' }, '1', by)).toMatch(/holds none/);
    expect(refused(claims, undefined, by)).toMatch(/requesting_user/);
  });

  test('is read as configured: no role, because all its users are in one', () => {
    const by = reading({ claims: { ...flat, role: { always: 'paramedic' } } });
    expect(callerOf(nrl, undefined, by)).toEqual(caller);
  });

  test('is read as configured: every claim under another name', () => {
    const by = reading({
      claims: {
        user: 'who',
        purpose: 'why',
        roles: 'as',
        organisation: 'at',
        role: 'job',
        roleId: 'id',
        roleInUse: 'now',
      },
    });
    const held = [
      { id: 'a', at: 'RRU', job: 'R1070' },
      { id: 'b', at: 'RXT', job: 'R8000' },
    ];
    expect(callerOf({ who: 'u', why: 'directcare', as: held, now: 'a' }, undefined, by)).toEqual(caller);
    expect(refused({ who: 'u', why: 'directcare', as: held }, undefined, by)).toMatch(/by its id/);
    expect(refused({}, undefined, by)).toMatch(/who must be.*as must be.*why must be/);
  });

  test('may use further job roles, and those of ours for others', () => {
    const by = reading({ roles: { R0600: 'paramedic', R8000: 'liaison-clinician' } });
    const as = (role_code: string) =>
      callerOf({ ...claims, nhsid_nrbac_roles: [{ ...role, role_code }] }, undefined, by).role;
    expect([as('S0:G0:R0600'), as('R8000'), as('R1070')]).toEqual(['paramedic', 'liaison-clinician', 'paramedic']);
  });

  test.each([
    ['a claim that there is not', { claims: { organization: 'org' } }],
    ['a role that there is not', { roles: { R0600: 'porter' } }],
    ['a code that is none', { roles: { paramedic: 'paramedic' } }],
    ['a role for all that there is not', { claims: { role: { always: 'porter' } } }],
    ['a claim without a name', { claims: { user: '' } }],
  ])('cannot be configured with %s', (_what, wrong) => {
    expect(callerReading.safeParse(wrong).success).toBe(false);
  });

  test('stands in the configuration of the gateway, where NHS CIS2 needs no word', () => {
    const authentication = { issuer: 'i', audience: 'a', jwks: { file: 'keys.json' } };
    const { authentication: part } = gatewayConfig.shape;
    expect(callerOf(claims, undefined, part.parse(authentication))).toEqual(caller);
    expect(part.safeParse({ ...authentication, claim: {} }).success).toBe(false);
  });
});

test('the header is that of the NHS API platform', () => {
  expect(ROLE_HEADER.toUpperCase()).toBe('NHSD-SESSION-URID');
});
