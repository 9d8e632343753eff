/** As many keys as the batches below have. */
const keys = 7;

/** The key of an event. */
export function keyOf(index: number): string {
  return `m-${index % keys}`;
}

/** One event; a later one of the same key has a higher index. */
export function eventOf(index: number, padding = 0): string {
  return `{"eventId":"e-${index}","name":"message.sent","payload":{"messageId":"${keyOf(index)}"},"revision":${index},"pad":"${'x'.repeat(padding)}"}`;
}

/** So many events of so many bytes: the provider's largest batches have 500. */
export function batchOf(count: number, padding: number): string {
  return `[${indices(count)
    .map((index) => eventOf(index, padding))
    .join(',')}]`;
}

export function indices(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}
