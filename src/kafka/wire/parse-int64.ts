/**
 * A 64-bit number as kafkajs decodes it, which is text.
 *
 * @param what for the error
 * @throws RangeError beyond 2^53, which no offset reaches
 */
export function parseInt64(text: string, what: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(`${what}: ${text} is no offset`);
  }
  return value;
}
