import * as fc from 'fast-check';

/** What lengths, counts and numbers are when they are at their worst. */
const extremes = [-(2 ** 31), -12, -2, -1, 0, 1, 2 ** 15, 2 ** 31 - 1];

/** Bytes with some of them changed, some numbers put over others, and an end that may be cut off; or any bytes at all. */
export function mutationsOf(sound: Buffer): fc.Arbitrary<Buffer> {
  const change = fc.record({
    at: fc.nat({ max: Math.max(0, sound.length - 1) }),
    value: fc.oneof(
      fc.nat({ max: 255 }).map((byte) => Buffer.from([byte])),
      fc.constantFrom(...extremes).map((number) => {
        const bytes = Buffer.alloc(4);
        bytes.writeInt32BE(number);
        return bytes;
      }),
    ),
  });
  const mutated = fc
    .tuple(fc.array(change, { maxLength: 4 }), fc.option(fc.nat({ max: sound.length })))
    .map(([changes, length]) => {
      const bytes = Buffer.from(sound);
      for (const { at, value } of changes) {
        value.copy(bytes, at);
      }
      return bytes.subarray(0, length ?? bytes.length);
    });
  return fc.oneof(
    { weight: 5, arbitrary: mutated },
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  );
}
