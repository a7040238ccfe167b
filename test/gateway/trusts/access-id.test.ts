import { randomUUID } from 'node:crypto';
import { createOnwardGuard, type OnwardCaller } from '@caregraph/service/onward.ts';
import { afterAll, expect, test } from 'vitest';
import { createTestSigner, PARAMEDIC } from '../../support/onward.ts';

const signer = createTestSigner();
afterAll(() => signer.close());

const guard = createOnwardGuard({ issuer: signer.issuer, audience: 'RW5', keys: signer.keys, now: () => new Date() });
const body = Buffer.from('{}');
const told = async (caller: OnwardCaller): Promise<OnwardCaller> => {
  const check = await guard.check(await signer.authorize({ audience: 'RW5', body, caller }));
  return check(body);
};

test('a trust is told the id of the look for which it is asked', async () => {
  const accessId = randomUUID();
  expect(await told({ ...PARAMEDIC, accessId })).toEqual({ ...PARAMEDIC, accessId });
});

test('a gateway that does not tell it is answered all the same', async () => {
  expect(await told(PARAMEDIC)).toEqual(PARAMEDIC);
});

test('what is not such an id is refused, without telling what it was', async () => {
  await expect(told({ ...PARAMEDIC, accessId: '9990100012' })).rejects.toThrow(
    'The token\'s claim "access_id" is not as it must be.',
  );
});
