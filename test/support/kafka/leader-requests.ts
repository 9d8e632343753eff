import { apiKeys, askKafka, int32, wireString } from './kafka-wire.ts';

// Encodes the requests that move partition leadership. kafkajs does not implement ElectLeaders, and its admin client
// waits a long time for a broker that is down. Leadership moves in two steps: reordering the replicas changes the
// preferred leader, and an election then makes the preferred replica the leader.

const noTags = Buffer.from([0]);

/**
 * Encodes the length of a compact array or string as a varint of the length plus one. A length below 127 needs one
 * byte.
 */
function compactLength(length: number): Buffer {
  if (length > 126) {
    throw new RangeError('longer than these test requests need');
  }
  return Buffer.from([length + 1]);
}

/** Reorders the replicas of partitions. Any broker forwards this request to the controller. */
export async function reorderReplicas(
  port: number,
  topic: string,
  replicas: ReadonlyMap<number, readonly number[]>,
): Promise<void> {
  const partitions = [...replicas].flatMap(([partition, nodeIds]) => [
    ...[int32(partition), compactLength(nodeIds.length), ...nodeIds.map(int32), noTags],
  ]);
  const name = Buffer.from(topic);
  const body = Buffer.concat([
    ...[int32(5_000), compactLength(1), compactLength(name.length), name],
    ...[compactLength(replicas.size), ...partitions, noTags, noTags],
  ]);
  const answer = await askKafka({
    ...{ port, apiKey: apiKeys.alterPartitionReassignments, apiVersion: 0, isFlexible: true, body },
  });
  // Skips the header tags, the throttle time and the error.
  throwOnError('AlterPartitionReassignments', answer.readInt16BE(5));
}

const electionNotNeeded = 84;

/**
 * Elects the preferred leaders. Throws the first error of any partition, although leadership of other partitions may
 * have moved.
 */
export async function electPreferredLeaders(
  port: number,
  topic: string,
  partitions: readonly number[],
): Promise<void> {
  // Encodes ElectLeaders version 1: the type (0 = preferred), the topics with their partitions, and the timeout.
  const body = Buffer.concat([
    ...[Buffer.from([0]), int32(1), wireString(topic), int32(partitions.length), ...partitions.map(int32)],
    int32(2_000),
  ]);
  const answer = await askKafka({
    port,
    apiKey: apiKeys.electLeaders,
    apiVersion: 1,
    body,
    timeoutMs: 4_000,
  });
  // Skips the throttle time and the error. Each topic follows with its name, and with an error and a text for each
  // partition.
  throwOnError('ElectLeaders', answer.readInt16BE(4));
  let at = 10 + wireString(topic).length;
  let left = answer.readInt32BE(at);
  for (at += 4; left > 0; left -= 1) {
    const errorCode = answer.readInt16BE(at + 4);
    if (errorCode !== electionNotNeeded) {
      throwOnError('ElectLeaders', errorCode);
    }
    at += 8 + Math.max(0, answer.readInt16BE(at + 6));
  }
}

function throwOnError(request: string, errorCode: number): void {
  if (errorCode !== 0) {
    throw new Error(`${request} answered error ${errorCode}`);
  }
}
