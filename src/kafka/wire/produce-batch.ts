import type { SinkRecord } from '../../sink/sink.ts';

/** Records for one partition, sent together. */
export interface ProduceBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly Pick<SinkRecord, 'key' | 'value' | 'headers'>[];
}

/** What the broker says of one batch. */
export interface PartitionAnswer {
  readonly topic: string;
  readonly partition: number;
  /** Kafka's protocol error code; 0 is success. */
  readonly errorCode: number;
  /** Decimal; negative when the broker stored nothing. */
  readonly baseOffset: string;
}
