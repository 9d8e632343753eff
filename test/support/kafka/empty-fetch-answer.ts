import { int32 } from './kafka-wire.ts';

/** Called for each partition with records in a response. The return value `true` removes the records. */
export type TakeRecords = (from: { readonly topic: string; readonly partition: number }) => boolean;

/**
 * Removes records from the response to a Fetch request of version 11. The response then looks as if the broker were
 * waiting for its storage or throttling the client.
 *
 * @param frame the response, including its length prefix
 * @see https://kafka.apache.org/protocol#The_Messages_Fetch
 */
export function emptyFetchAnswer(frame: Buffer, isTaken: TakeRecords): Buffer {
  // Skips the size, the correlation id, the throttle time, the error and the session. The topics follow.
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
      // Skips the error, the high watermark, the last stable offset and the log start offset.
      at += 2 + 3 * 8;
      const aborted = takeInt32();
      // Skips a producer and an offset for each aborted transaction, and then the preferred replica.
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
