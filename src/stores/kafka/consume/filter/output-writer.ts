import type { LogMark } from '../../../../filter/decide-start.ts';
import { LogChangedError, type PartitionOutput } from '../../../../filter/filter-store.ts';
import { type OutputRecord, omittedBytesHeader } from '../../../../filter/output-record.ts';
import { formatCount } from '../../../../runtime/format.ts';
import { KafkaAnswerError, noErrorCode } from '../../cluster/errors/kafka-answer-error.ts';
import type { TopicPartition } from '../../wire/topic-partition.ts';
import { appendHeader } from '../../wire/wire-record.ts';
import { encodeRecordBody } from '../../wire/write-record-batch.ts';
import { formatLogMark } from './find-start.ts';
import type { EncodedRecord, Produced, TransactionSession } from './transaction-session.ts';

interface OutputWriterDeps {
  readonly session: Pick<
    TransactionSession,
    'addPartition' | 'produce' | 'commitOffsets' | 'commit' | 'abort'
  >;
  readonly input: TopicPartition;
  readonly latest: TopicPartition;
  readonly deadLetter: TopicPartition;
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

/** Writes the output of a partition. The committed offsets of both topics carry how far both logs reach. */
export class OutputWriter {
  readonly #deps: OutputWriterDeps;
  #latestMark: LogMark['latest'];

  constructor(deps: OutputWriterDeps) {
    this.#deps = deps;
    this.#latestMark = deps.latestMark;
  }

  /** One transaction. @returns indexes of the records of `latest` that became dead letters */
  async commit(output: PartitionOutput, events: LogMark['events']): Promise<readonly number[]> {
    const { session, input, latest } = this.#deps;
    const latestMark = this.#latestMark;
    const commitOffset = (end: number) => {
      const metadata = formatLogMark({ events, latest: { ...latestMark, end } });
      return session.commitOffsets([
        { ...input, offset: output.nextOffset, metadata },
        { ...latest, offset: end, metadata },
      ]);
    };
    const count = output.latest.length;
    const expectedEnd = count === 0 ? latestMark.end : latestMark.end + count + markerCount;
    // Nobody else writes to this partition, so its end is mostly known before, and both requests can go out at once.
    const [{ refused, start, end }] = await Promise.all([this.#write(output), commitOffset(expectedEnd)]);
    if (start < latestMark.end) {
      return this.#reportLoss({ start, end }, commitOffset);
    }
    if (end !== expectedEnd) {
      await commitOffset(end);
    }
    await session.commit();
    this.#latestMark = { ...latestMark, end };
    return refused;
  }

  async #write(output: PartitionOutput): Promise<Pick<Produced, 'refused'> & Extent> {
    const { session, latest } = this.#deps;
    const before = this.#latestMark.end;
    if (output.latest.length === 0) {
      await this.#writeDeadLetters(output.deadLetters);
      return { refused: [], start: before, end: before };
    }
    await session.addPartition(latest);
    const { refused, appended } = await session.produce(latest, output.latest.map(toEncoded));
    await this.#writeDeadLetters([...output.deadLetters, ...refused.map(output.toDeadLetter)]);
    const { start, end } = appended ?? { start: before, end: before - markerCount };
    return { refused, start, end: end + markerCount };
  }

  /** One that the topic does not take goes there without what makes it large: no record may stop its partition for good. */
  async #writeDeadLetters(deadLetters: readonly OutputRecord[]): Promise<void> {
    const { session, deadLetter } = this.#deps;
    if (deadLetters.length === 0) {
      return;
    }
    await session.addPartition(deadLetter);
    const { refused } = await session.produce(deadLetter, deadLetters.map(toEncoded));
    const bare = refused.flatMap((index) => toBareLetter(deadLetters[index]) ?? []);
    const again =
      bare.length === 0 ? { refused: [] } : await session.produce(deadLetter, bare.map(toEncoded));
    const missing = refused.length - bare.length + again.refused.length;
    if (missing > 0) {
      throw new KafkaAnswerError(
        'fail',
        noErrorCode,
        `${deadLetter.topic} does not take ${formatCount(missing, 'dead letter')}`,
      );
    }
  }

  /** What was appended to a log that had lost states hides the loss: the mark says how far the log would reach. */
  async #reportLoss(
    { start, end }: Extent,
    commitOffset: (latestEnd: number) => Promise<void>,
  ): Promise<never> {
    const { session, latest } = this.#deps;
    const reached = this.#latestMark.end;
    await session.abort();
    await commitOffset(reached + end - start);
    await session.commit();
    throw new LogChangedError(
      `${latest.topic}-${latest.partition} took a state at offset ${start}, it had reached ${reached}`,
    );
  }
}

/** As long as one of RECORD_HEADERS may be. Longer ones are another producer's. */
const longestHeader = 1_024;

/** Where the record stands, and why it is a dead letter, without its bytes. */
function toBareLetter(letter: OutputRecord | undefined): OutputRecord | undefined {
  if (letter === undefined || 'body' in letter) {
    return undefined;
  }
  const { timestampMs, value } = letter;
  const headers = Object.entries(letter.headers).map(([name, text]) => [name, text.slice(0, longestHeader)]);
  const omitted = { [omittedBytesHeader]: String(value?.length ?? 0) };
  return { timestampMs, key: null, value: null, headers: { ...Object.fromEntries(headers), ...omitted } };
}

function toEncoded(record: OutputRecord): EncodedRecord {
  if (!('body' in record)) {
    return { timestampMs: record.timestampMs, body: encodeRecordBody(record) };
  }
  const { timestampMs, body, extraHeader } = record;
  return extraHeader === undefined ? record : { timestampMs, body: appendHeader(body, ...extraHeader) };
}
