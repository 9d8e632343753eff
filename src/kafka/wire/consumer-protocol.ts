/**
 * The standard embedded protocol of consumer groups, so that Kafka's own tools can show the group. Which partitions a
 * member has already stands in the user data, as in Kafka's sticky assignor.
 *
 * @see https://cwiki.apache.org/confluence/display/KAFKA/A+Guide+To+The+Kafka+Protocol (consumer groups)
 */
export interface Subscription {
  readonly topic: string;
  readonly owned: readonly number[];
}

const version = 0;

export function encodeSubscription({ topic, owned }: Subscription): Buffer {
  return Buffer.concat([int16(version), int32(1), string(topic), bytes(partitions(owned))]);
}

/** `undefined` for what another kind of consumer sent. */
export function decodeSubscription(data: Buffer): Subscription | undefined {
  try {
    let at = 2 + 4;
    const topicLength = data.readInt16BE(at);
    const topic = data.toString('utf8', at + 2, at + 2 + topicLength);
    at += 2 + topicLength + 4;
    return { topic, owned: readPartitions(data, at) };
  } catch {
    return undefined;
  }
}

export function encodeAssignment(topic: string, assigned: readonly number[]): Buffer {
  return Buffer.concat([int16(version), int32(1), string(topic), partitions(assigned), int32(0)]);
}

/** A member without a partition gets an empty assignment. */
export function decodeAssignment(data: Buffer): readonly number[] {
  if (data.length < 6 || data.readInt32BE(2) === 0) {
    return [];
  }
  const topicLength = data.readInt16BE(6);
  return readPartitions(data, 8 + topicLength);
}

function partitions(numbers: readonly number[]): Buffer {
  return Buffer.concat([int32(numbers.length), ...numbers.map(int32)]);
}

function readPartitions(data: Buffer, at: number): number[] {
  const count = data.readInt32BE(at);
  return Array.from({ length: count }, (_, index) => data.readInt32BE(at + 4 + index * 4));
}

function string(text: string): Buffer {
  const encoded = Buffer.from(text);
  return Buffer.concat([int16(encoded.length), encoded]);
}

function bytes(data: Buffer): Buffer {
  return Buffer.concat([int32(data.length), data]);
}

function int16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeInt16BE(value);
  return buffer;
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}
