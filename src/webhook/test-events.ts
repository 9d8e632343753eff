/**
 * What this product sends by itself: test events, by hand or by a schedule. They are stored as any event, and neither counts,
 * alerts nor consumers may take them for the provider's. This file alone knows their names.
 */
const family = 'webhook.';

export const testEventName = `${family}test`;

/** Labels of metrics: a closed set, whatever name a body has. */
export const testEventLabels = ['test', 'other'] as const;

export type TestEventLabel = (typeof testEventLabels)[number];

export function isTestEvent(name: string): boolean {
  return name.startsWith(family);
}

/** The name of a provider's event as one of ours: `webhook.test.message.sent`. */
export function toTestName(name: string): string {
  return `${testEventName}.${name}`;
}

/** Which of our events a delivery has; `undefined` when any of its events may be the provider's. */
export function findTestEvent(names: readonly (string | undefined)[]): TestEventLabel | undefined {
  const [first] = names;
  if (first === undefined || !names.every((name) => name !== undefined && isTestEvent(name))) {
    return undefined;
  }
  const [, kind] = first.split('.');
  return testEventLabels.find((label) => label === kind) ?? 'other';
}
