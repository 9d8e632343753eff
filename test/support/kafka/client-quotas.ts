import { apiKeys, askKafka, int32, wireString } from './kafka-wire.ts';

/** Number of bytes per second that each broker allows. The value `null` removes the quota. */
export type ClientQuotas = Readonly<
  Partial<Record<'producer_byte_rate' | 'consumer_byte_rate' | 'request_percentage', number | null>>
>;

/**
 * Sets the quotas of one client id, as `kafka-configs --entity-type clients` does. The function encodes the request
 * itself, because kafkajs does not implement AlterClientQuotas.
 *
 * @see https://kafka.apache.org/protocol#The_Messages_AlterClientQuotas
 */
export async function setClientQuotas(port: number, clientId: string, quotas: ClientQuotas): Promise<void> {
  const changes = Object.entries(quotas).map(([name, value]) => {
    const number = Buffer.alloc(9);
    number.writeDoubleBE(value ?? 0);
    number.writeUInt8(value === null ? 1 : 0, 8);
    return Buffer.concat([wireString(name), number]);
  });
  const body = Buffer.concat([
    ...[int32(1), int32(1), wireString('client-id'), wireString(clientId)],
    ...[int32(changes.length), ...changes, Buffer.from([0])],
  ]);
  const answer = await askKafka({ port, apiKey: apiKeys.alterClientQuotas, apiVersion: 0, body });
  // The error code follows the throttle time and the number of entries.
  const errorCode = answer.readInt16BE(8);
  if (errorCode !== 0) {
    throw new Error(`AlterClientQuotas answered error ${errorCode}`);
  }
}
