import { apiKeys, askKafka, int32 } from './kafka-wire.ts';

const topic = Buffer.from('__cluster_metadata');
const noTags = Buffer.from([0]);
const one = Buffer.from([2]);

/**
 * Finds the node that leads the controller quorum, because Metadata may name any broker as controller. The function
 * encodes the request itself, because kafkajs does not implement DescribeQuorum.
 */
export async function findQuorumLeader(port: number): Promise<number> {
  const name = Buffer.concat([Buffer.from([topic.length + 1]), topic]);
  const body = Buffer.concat([one, name, one, int32(0), noTags, noTags, noTags]);
  const answer = await askKafka({
    ...{ port, apiKey: apiKeys.describeQuorum, apiVersion: 0, isFlexible: true, body },
  });
  // Skips the header tags, error, topics, name, partitions, partition and error.
  const leaderAt = 1 + 2 + 1 + name.length + 1 + 4 + 2;
  return answer.readInt32BE(leaderAt);
}
