/** One record batch for one partition, in a transaction. */
export interface TransactionalProduce {
  readonly transactionalId: string;
  readonly topic: string;
  readonly partition: number;
  readonly batch: Buffer;
  /** How long the broker may wait for its followers. */
  readonly timeoutMs: number;
}

/** Version of Produce that is written below. @see https://kafka.apache.org/protocol#The_Messages_Produce */
export const produceVersion = 7;

const allReplicas = -1;

export function encodeProduce(produce: TransactionalProduce): Buffer {
  const { transactionalId, topic, partition, batch, timeoutMs } = produce;
  const settings = Buffer.alloc(10);
  settings.writeInt16BE(allReplicas, 0);
  settings.writeInt32BE(timeoutMs, 2);
  settings.writeInt32BE(1, 6);
  const target = Buffer.alloc(12);
  target.writeInt32BE(1, 0);
  target.writeInt32BE(partition, 4);
  target.writeInt32BE(batch.length, 8);
  return Buffer.concat([toWireString(transactionalId), settings, toWireString(topic), target, batch]);
}

function toWireString(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(2);
  length.writeInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
