import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

/**
 * Subscription of a member in the standard Kafka consumer protocol, so that Kafka command-line tools can describe the
 * group. The user data lists the partitions that the member already owns, as in the sticky assignor of Kafka.
 *
 * @see https://cwiki.apache.org/confluence/display/KAFKA/A+Guide+To+The+Kafka+Protocol (consumer groups)
 */
export interface Subscription {
  readonly topic: string;
  /**
   * Other topics for which the group has committed offsets. The coordinator expires offsets of topics to which no
   * member subscribes.
   */
  readonly others?: readonly string[];
  readonly owned: readonly number[];
}

interface Assignment {
  readonly topic?: string;
  readonly partitions: readonly number[];
}

const consumerProtocolVersion = 0;

export function encodeSubscription({ topic, others = [], owned }: Subscription): Buffer {
  const writer = new WireWriter(64);
  writer.int16(consumerProtocolVersion);
  writer.array([topic, ...others], (each) => writer.string(each));
  writer.int32(4 + 4 * owned.length);
  writer.array(owned, (partition) => writer.int32(partition));
  return writer.written();
}

/**
 * Decodes a subscription.
 *
 * @returns `undefined` if a different kind of consumer sent the data
 */
export function decodeSubscription(data: Buffer): Subscription | undefined {
  const reader = new WireReader(data);
  try {
    reader.int16();
    const [topic] = reader.array(() => reader.string());
    reader.int32();
    return topic === undefined ? undefined : { topic, owned: reader.array(() => reader.int32()) };
  } catch {
    return undefined;
  }
}

export function encodeAssignment(topic: string, assigned: readonly number[]): Buffer {
  const writer = new WireWriter(64);
  writer.int16(consumerProtocolVersion);
  writer.array([topic], (each) => writer.string(each));
  writer.array(assigned, (partition) => writer.int32(partition));
  writer.int32(0); // no user data
  return writer.written();
}

/**
 * Decodes an assignment.
 *
 * @returns an assignment without a topic if the member gets no partitions
 */
export function decodeAssignment(data: Buffer): Assignment {
  if (data.length < 6) {
    return { partitions: [] };
  }
  const reader = new WireReader(data);
  reader.int16();
  const [assignment = { partitions: [] }] = reader.array(() => ({
    topic: reader.string(),
    partitions: reader.array(() => reader.int32()),
  }));
  return assignment;
}
