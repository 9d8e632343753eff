/**
 * Names of test events, which this product sends itself, manually or on a schedule. They are stored like any event, but
 * metrics, alerts and consumers must not mistake them for the provider's. Only this file defines their names.
 */
const testEventPrefix = 'webhook.';

export const testEventName = `${testEventPrefix}test`;

/** Metric labels of test events. The set of labels is fixed, regardless of the names in a body. */
export const testEventLabels = ['test', 'other'] as const;

export type TestEventLabel = (typeof testEventLabels)[number];

export function isTestEvent(name: string): boolean {
  return name.startsWith(testEventPrefix);
}

/** Converts the name of a provider's event to the name of a test event, such as `webhook.test.message.sent`. */
export function toTestEventName(name: string): string {
  return `${testEventName}.${name}`;
}

/**
 * Returns the label of a delivery that consists of test events only. Returns `undefined` if any event may be the provider's.
 */
export function findTestEvent(names: readonly (string | undefined)[]): TestEventLabel | undefined {
  const [first] = names;
  if (first === undefined || !names.every((name) => name !== undefined && isTestEvent(name))) {
    return undefined;
  }
  const [, kind] = first.split('.');
  return testEventLabels.find((label) => label === kind) ?? 'other';
}
