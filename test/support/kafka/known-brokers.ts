import { apiKeys, askKafka, int32 } from './kafka-wire.ts';

/**
 * Returns the node ids that this broker lists, or no ids until the broker knows a controller. Sends an ApiVersions
 * request and then a Metadata request.
 */
export async function knownBrokers(port: number): Promise<readonly number[]> {
  const versions = await askKafka({
    port,
    apiKey: apiKeys.apiVersions,
    apiVersion: 0,
    body: Buffer.alloc(0),
  });
  if (versions.readInt16BE(0) !== 0) {
    return [];
  }
  // Metadata version 1 with an empty array of topics, which requests only the brokers.
  const answer = await askKafka({ port, apiKey: apiKeys.metadata, apiVersion: 1, body: int32(0) });
  const nodeIds: number[] = [];
  let at = 4;
  for (let left = answer.readInt32BE(0); left > 0; left -= 1) {
    nodeIds.push(answer.readInt32BE(at));
    at += 4;
    at += 2 + answer.readInt16BE(at) + 4;
    at += 2 + Math.max(0, answer.readInt16BE(at));
  }
  const controllerId = answer.readInt32BE(at);
  return controllerId < 0 ? [] : nodeIds;
}
