import { int32 } from './kafka-wire.ts';

/** Asked for each partition that has records in an answer; `true` takes them out of it. */
export type TakeRecords = (from: { readonly topic: string; readonly partition: number }) => boolean;

/**
 * Takes records out of the answer to a Fetch of version 11: the partition then looks as it does while a broker waits for the
 * store behind it, or is throttled.
 *
 * @param frame with its length before it
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
      // Of each a producer and an offset; then the preferred replica.
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
