import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

/**
 * A member's subscription in Kafka's standard consumer protocol, so that Kafka's own tools can describe the group. The
 * user data lists the partitions that the member already owns, as in Kafka's sticky assignor.
 *
 * @see https://cwiki.apache.org/confluence/display/KAFKA/A+Guide+To+The+Kafka+Protocol (consumer groups)
 */
export interface Subscription {
  /** The topic that the member consumes. */
  readonly topic: string;
  /**
   * Further topics with offsets of the group. The coordinator expires offsets of topics that no member subscribes to.
   */
  readonly others?: readonly string[];
  readonly owned: readonly number[];
}

interface Assignment {
  readonly topic?: string;
  readonly partitions: readonly number[];
}

const version = 0;

export function encodeSubscription({ topic, others = [], owned }: Subscription): Buffer {
  const writer = new WireWriter(64);
  writer.int16(version);
  writer.array([topic, ...others], (each) => writer.string(each));
  writer.int32(4 + 4 * owned.length);
  writer.array(owned, (partition) => writer.int32(partition));
  return writer.written();
}

/** @returns `undefined` if another kind of consumer sent the data */
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
  writer.int16(version);
  writer.array([topic], (each) => writer.string(each));
  writer.array(assigned, (partition) => writer.int32(partition));
  writer.int32(0); // no user data
  return writer.written();
}

/** @returns an assignment without a topic if the member gets no partitions */
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
