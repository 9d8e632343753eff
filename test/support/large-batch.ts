/** Number of distinct keys in the batches. */
const keys = 7;

/** Returns the key of an event. */
export function keyOf(index: number): string {
  return `m-${index % keys}`;
}

/** Returns one event. Of two events with the same key, the newer one has the higher index. */
export function eventOf(index: number, padding = 0): string {
  return `{"eventId":"e-${index}","name":"message.sent","payload":{"messageId":"${keyOf(index)}"},"revision":${index},"pad":"${'x'.repeat(padding)}"}`;
}

/** Returns a batch of padded events. The largest batches from the provider contain 500 events. */
export function batchOf(count: number, padding: number): string {
  return `[${indices(count)
    .map((index) => eventOf(index, padding))
    .join(',')}]`;
}

export function indices(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}
