/** As much of the Reflect Metadata proposal as `@peculiar/x509`, by way of tsyringe, asks for when it is imported. */
const metadata = new WeakMap<object, Map<unknown, unknown>>();

const getMetadata = (key: unknown, target: object): unknown => metadata.get(target)?.get(key);

Object.assign(Reflect, {
  getMetadata,
  getOwnMetadata: getMetadata,
  defineMetadata(key: unknown, value: unknown, target: object): void {
    metadata.set(target, (metadata.get(target) ?? new Map()).set(key, value));
  },
});
