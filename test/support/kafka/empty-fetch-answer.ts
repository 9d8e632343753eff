import { int32 } from './kafka-wire.ts';

/** Called for each partition with records in a response. `true` removes the records. */
export type TakeRecords = (from: { readonly topic: string; readonly partition: number }) => boolean;

/**
 * Removes records from the response to a Fetch of version 11. The partition then looks as if the broker waited for its
 * storage, or were throttled.
 *
 * @param frame the response with its length prefix
 * @see https://kafka.apache.org/protocol#The_Messages_Fetch
 */
export function emptyFetchAnswer(frame: Buffer, isTaken: TakeRecords): Buffer {
  // Size, correlation id, throttle time, error, session; then the topics.
  let at = 18;
  let keptTo = 4;
  const parts: Buffer[] = [];

  function takeInt32(): number {
    at += 4;
    return frame.readInt32BE(at - 4);
  }

  for (let topics = takeInt32(); topics > 0; topics -= 1) {
    const length = frame.readInt16BE(at);
    const topic = frame.toString('utf8', at + 2, at + 2 + length);
    at += 2 + length;
    for (let partitions = takeInt32(); partitions > 0; partitions -= 1) {
      const partition = takeInt32();
      // Error, high watermark, last stable offset, start of the log.
      at += 2 + 3 * 8;
      const aborted = takeInt32();
      // For each aborted transaction a producer and an offset; then the preferred replica.
      at += Math.max(0, aborted) * 16 + 4;
      const bytes = Math.max(0, takeInt32());
      if (bytes > 0 && isTaken({ topic, partition })) {
        parts.push(frame.subarray(keptTo, at - 4), int32(0));
        keptTo = at + bytes;
      }
      at += bytes;
    }
  }
  const body = Buffer.concat([...parts, frame.subarray(keptTo)]);
  return Buffer.concat([int32(body.length), body]);
}
