import type { LogMark } from '../../revisions/decide-start.ts';
import { LogChangedError, type PartitionOutput } from '../../revisions/filter-store.ts';
import type { OutputRecord } from '../../revisions/output-record.ts';
import { KafkaAnswerError } from '../errors/kafka-answer-error.ts';
import type { TopicPartition } from '../wire/topic-partition.ts';
import { appendHeader } from '../wire/wire-record.ts';
import { encodeRecordBody } from '../wire/write-record-batch.ts';
import { formatLogMark } from './log-mark.ts';
import type { EncodedRecord, Produced } from './transaction-producer.ts';
import type { TransactionSession } from './transaction-session.ts';

/** Where one partition of the filter writes. */
export interface OutputTargets {
  readonly input: TopicPartition;
  readonly latest: TopicPartition;
  readonly deadLetter: TopicPartition;
}

export interface OutputWriter {
  /** One transaction. @returns indexes of the records of `latest` that became dead letters */
  commit(output: PartitionOutput, events: LogMark['events']): Promise<readonly number[]>;
}

export interface OutputWriterDeps extends OutputTargets {
  readonly session: TransactionSession;
  /** The latest-state topic as it was when the table was restored from it. */
  readonly latestMark: LogMark['latest'];
}

/** The marker of a transaction takes an offset too. */
const markerCount = 1;

/** What a transaction has appended, with its marker. */
interface Extent {
  readonly start: number;
  readonly end: number;
}

/** Writes the output of a partition. The committed offset carries how far both logs reach. */
export function createOutputWriter(deps: OutputWriterDeps): OutputWriter {
  const { session, input, latest, deadLetter } = deps;
  let { latestMark } = deps;

  async function writeDeadLetters(deadLetters: readonly OutputRecord[]): Promise<void> {
    if (deadLetters.length > 0) {
      await session.addPartition(deadLetter);
      const { refused } = await session.produce(deadLetter, deadLetters.map(toEncoded));
      if (refused.length > 0) {
        const text = `${deadLetter.topic} does not take ${refused.length} dead letter(s)`;
        throw new KafkaAnswerError('fail', -1, text);
      }
    }
  }

  async function write(output: PartitionOutput): Promise<Pick<Produced, 'refused'> & Extent> {
    if (output.latest.length === 0) {
      await writeDeadLetters(output.deadLetters);
      return { refused: [], start: latestMark.end, end: latestMark.end };
    }
    await session.addPartition(latest);
    const { refused, appended } = await session.produce(latest, output.latest.map(toEncoded));
    await writeDeadLetters([...output.deadLetters, ...refused.map(output.toDeadLetter)]);
    const { start, end } = appended ?? { start: latestMark.end, end: latestMark.end - markerCount };
    return { refused, start, end: end + markerCount };
  }

  /** What was appended to a log that had lost states hides the loss: the mark says how far the log would reach. */
  async function reportLoss(
    { start, end }: Extent,
    commitOffset: (latestEnd: number) => Promise<void>,
  ): Promise<never> {
    await session.abort();
    await commitOffset(latestMark.end + end - start);
    await session.commit();
    const { topic, partition } = latest;
    throw new LogChangedError(
      `${topic}-${partition} took a state at offset ${start}, it had reached ${latestMark.end}`,
    );
  }

  return {
    async commit(output, events) {
      const commitOffset = (end: number) =>
        session.commitOffset(
          input,
          output.nextOffset,
          formatLogMark({ events, latest: { ...latestMark, end } }),
        );
      const count = output.latest.length;
      const expectedEnd = count === 0 ? latestMark.end : latestMark.end + count + markerCount;
      // Nobody else writes to this partition, so its end is mostly known before, and both requests can go out at once.
      const [{ refused, start, end }] = await Promise.all([write(output), commitOffset(expectedEnd)]);
      if (start < latestMark.end) {
        return reportLoss({ start, end }, commitOffset);
      }
      if (end !== expectedEnd) {
        await commitOffset(end);
      }
      await session.commit();
      latestMark = { ...latestMark, end };
      return refused;
    },
  };
}

function toEncoded(record: OutputRecord): EncodedRecord {
  if (!('body' in record)) {
    return { timestampMs: record.timestampMs, body: encodeRecordBody(record) };
  }
  const { timestampMs, body, extraHeader } = record;
  return extraHeader === undefined ? record : { timestampMs, body: appendHeader(body, ...extraHeader) };
}
