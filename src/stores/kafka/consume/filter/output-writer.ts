import type { LogCheckpoint } from '../../../../filter/decide-start.ts';
import { LogChangedError, type PartitionOutput } from '../../../../filter/filter-store.ts';
import { type OutputRecord, omittedBytesHeader } from '../../../../filter/output-record.ts';
import { formatCount } from '../../../../runtime/format.ts';
import { KafkaAnswerError, unknownErrorCode } from '../../cluster/errors/kafka-answer-error.ts';
import type { TopicPartition } from '../../wire/topic-partition.ts';
import { appendHeader } from '../../wire/wire-record.ts';
import { encodeRecordBody } from '../../wire/write-record-batch.ts';
import { formatLogCheckpoint } from './find-start.ts';
import type { EncodedRecord, ProducedPosition, TransactionSession } from './transaction-session.ts';

interface OutputWriterDeps {
  readonly session: Pick<
    TransactionSession,
    'addPartition' | 'produce' | 'commitOffsets' | 'commit' | 'abort'
  >;
  readonly input: TopicPartition;
  readonly latest: TopicPartition;
  readonly deadLetter: TopicPartition;
  /** Topic ID and end of the latest-state topic at the time when the table was restored. */
  readonly latestMark: LogCheckpoint['latest'];
}

/** Number of offsets that the marker of a transaction occupies. */
const markersPerTransaction = 1;

/** Offsets that a transaction has appended, including its marker. */
interface AppendedOffsetRange {
  readonly start: number;
  readonly end: number;
}

/** Writes the output of a partition. The metadata of the committed offsets contains the ends of both logs. */
export class OutputWriter {
  readonly #deps: OutputWriterDeps;
  #latestMark: LogCheckpoint['latest'];

  constructor(deps: OutputWriterDeps) {
    this.#deps = deps;
    this.#latestMark = deps.latestMark;
  }

  /** Writes the output in one transaction. @returns indexes of the `latest` records that became dead letters */
  async commit(output: PartitionOutput, events: LogCheckpoint['events']): Promise<readonly number[]> {
    const { session, input, latest } = this.#deps;
    const latestCheckpoint = this.#latestMark;
    const commitOffset = (end: number) => {
      const metadata = formatLogCheckpoint({ events, latest: { ...latestCheckpoint, end } });
      return session.commitOffsets([
        { ...input, offset: output.nextOffset, metadata },
        { ...latest, offset: end, metadata },
      ]);
    };
    const count = output.latest.length;
    const expectedEndOffset =
      count === 0 ? latestCheckpoint.end : latestCheckpoint.end + count + markersPerTransaction;
    // The new end of the partition is usually known in advance, because no other process writes to it. Therefore, the
    // offset is committed in parallel with the write.
    const [{ rejected, start, end }] = await Promise.all([
      this.#write(output),
      commitOffset(expectedEndOffset),
    ]);
    if (start < latestCheckpoint.end) {
      return this.#reportLoss({ start, end }, commitOffset);
    }
    if (end !== expectedEndOffset) {
      await commitOffset(end);
    }
    await session.commit();
    this.#latestMark = { ...latestCheckpoint, end };
    return rejected;
  }

  async #write(output: PartitionOutput): Promise<Pick<ProducedPosition, 'rejected'> & AppendedOffsetRange> {
    const { session, latest } = this.#deps;
    const previousEnd = this.#latestMark.end;
    if (output.latest.length === 0) {
      await this.#writeDeadLetters(output.deadLetters);
      return { rejected: [], start: previousEnd, end: previousEnd };
    }
    await session.addPartition(latest);
    const { rejected, appended } = await session.produce(latest, output.latest.map(encodeOutputRecord));
    await this.#writeDeadLetters([...output.deadLetters, ...rejected.map(output.toDeadLetter)]);
    const { start, end } = appended ?? { start: previousEnd, end: previousEnd - markersPerTransaction };
    return { rejected, start, end: end + markersPerTransaction };
  }

  /**
   * Writes dead letters. If the topic rejects a dead letter as too large, the dead letter is written without its
   * value, so that no record blocks its partition.
   */
  async #writeDeadLetters(deadLetters: readonly OutputRecord[]): Promise<void> {
    const { session, deadLetter } = this.#deps;
    if (deadLetters.length === 0) {
      return;
    }
    await session.addPartition(deadLetter);
    const { rejected } = await session.produce(deadLetter, deadLetters.map(encodeOutputRecord));
    const deadLettersWithoutValue = rejected.flatMap(
      (index) => removeDeadLetterValue(deadLetters[index]) ?? [],
    );
    const retryResult =
      deadLettersWithoutValue.length === 0
        ? { rejected: [] }
        : await session.produce(deadLetter, deadLettersWithoutValue.map(encodeOutputRecord));
    const missingCount = rejected.length - deadLettersWithoutValue.length + retryResult.rejected.length;
    if (missingCount > 0) {
      throw new KafkaAnswerError(
        'fail',
        unknownErrorCode,
        `${deadLetter.topic} rejects ${formatCount(missingCount, 'dead letter')}`,
      );
    }
  }

  /**
   * Reports that the log has lost states. New records would hide the loss, so the committed mark contains the end
   * offset that the log should have had.
   */
  async #reportLoss(
    { start, end }: AppendedOffsetRange,
    commitOffset: (latestEnd: number) => Promise<void>,
  ): Promise<never> {
    const { session, latest } = this.#deps;
    const actualEndOffset = this.#latestMark.end;
    await session.abort();
    await commitOffset(actualEndOffset + end - start);
    await session.commit();
    throw new LogChangedError(
      `${latest.topic}-${latest.partition} was truncated: the new state has offset ${start}, although the log had already reached offset ${actualEndOffset}`,
    );
  }
}

/** Maximum length of a header from RECORD_HEADERS. Only headers from other producers are longer. */
const maxHeaderCharacters = 1_024;

/** Removes the value from a dead letter. The headers still contain the position of the record and the reason. */
function removeDeadLetterValue(letter: OutputRecord | undefined): OutputRecord | undefined {
  if (letter === undefined || 'body' in letter) {
    return undefined;
  }
  const { timestampMs, value } = letter;
  const headers = Object.entries(letter.headers).map(([name, text]) => [
    name,
    text.slice(0, maxHeaderCharacters),
  ]);
  const omittedBytesHeaders = { [omittedBytesHeader]: String(value?.length ?? 0) };
  return {
    timestampMs,
    key: null,
    value: null,
    headers: { ...Object.fromEntries(headers), ...omittedBytesHeaders },
  };
}

function encodeOutputRecord(record: OutputRecord): EncodedRecord {
  if (!('body' in record)) {
    return { timestampMs: record.timestampMs, body: encodeRecordBody(record) };
  }
  const { timestampMs, body, extraHeader } = record;
  return extraHeader === undefined ? record : { timestampMs, body: appendHeader(body, ...extraHeader) };
}
