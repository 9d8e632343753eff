import { type ApiCall, type ApiHandler, toPartitionName } from './api-handler.ts';
import type { AnswerWriter, RequestReader } from './broker-wire.ts';
import { toErrorCode } from './error-code.ts';
import { findLog } from './log-apis.ts';

interface FetchQuestion {
  readonly topic: string;
  readonly partition: number;
  readonly leaderEpoch: number;
  readonly fromOffset: number;
  readonly maxBytes: number;
}

export const fetchApi: ApiHandler = {
  apiKey: 1,
  version: 11,
  handle(call) {
    const { request } = call;
    request.int32(); // replica id
    const maxWaitMs = request.int32();
    const minBytes = request.int32();
    const maxBytes = request.int32();
    const isCommittedOnly = request.int8() === 1;
    request.int32(); // session id
    request.int32(); // session epoch
    const questions = readQuestions(request);
    const read = () => readAll(call, { questions, maxBytes, isCommittedOnly });
    const hasEnough = (found: ReturnType<typeof read>): boolean =>
      found.some(({ errorCode }) => errorCode !== 0) ||
      found.reduce((sum, { recordSet }) => sum + recordSet.length, 0) >= minBytes;
    const finish = (): void => {
      const found = read();
      for (const { topic, partition, recordSet } of found.filter(({ recordSet: { length } }) => length > 0)) {
        const what = `hands ${toPartitionName(topic, partition)} out to ${call.clientId}`;
        call.cluster.world.note(`kafka-${call.broker}`, what, () => recordSet.toString('latin1'));
      }
      call.answer((writer) => writeFetched(writer, { found, throttleMs: call.throttleMs }));
    };
    if (maxWaitMs <= 0 || hasEnough(read())) {
      finish();
    } else {
      waitForRecords(call, { questions, maxWaitMs, isEnough: () => hasEnough(read()), finish });
    }
  },
};

function readQuestions(request: RequestReader): FetchQuestion[] {
  return request
    .array(() => {
      const topic = request.string();
      return request.array(() => {
        const partition = request.int32();
        const leaderEpoch = request.int32();
        const fromOffset = request.int64();
        request.int64(); // log start offset that a follower sends
        return { topic, partition, leaderEpoch, fromOffset, maxBytes: request.int32() };
      });
    })
    .flat();
}

interface ReadAllOptions {
  readonly questions: readonly FetchQuestion[];
  readonly maxBytes: number;
  readonly isCommittedOnly: boolean;
}

function readAll(call: ApiCall, { questions, maxBytes, isCommittedOnly }: ReadAllOptions) {
  let room = maxBytes;
  let mustProgress = true;
  return questions.map((question) => {
    const log = findLog(call, question);
    if (typeof log === 'string') {
      return { ...question, ...nothing, errorCode: toErrorCode(log) };
    }
    const { fromOffset } = question;
    const options = {
      fromOffset,
      maxBytes: Math.min(question.maxBytes, room),
      isCommittedOnly,
      mustProgress,
    };
    const read = log.read(options);
    room = Math.max(0, room - read.recordSet.length);
    mustProgress &&= read.recordSet.length === 0;
    return { ...question, ...read };
  });
}

const nothing = {
  highWatermark: -1,
  lastStableOffset: -1,
  startOffset: -1,
  abortedTransactions: [],
  recordSet: Buffer.alloc(0),
};

interface Fetched {
  readonly found: ReturnType<typeof readAll>;
  readonly throttleMs: number;
}

function writeFetched(writer: AnswerWriter, { found, throttleMs }: Fetched): void {
  writer.int32(throttleMs);
  writer.int16(0);
  writer.int32(0); // session id: none
  const topics = [...Map.groupBy(found, ({ topic }) => topic)];
  writer.array(topics, ([topic, partitions]) => {
    writer.string(topic);
    writer.array(partitions, (each) => {
      writer.int32(each.partition);
      writer.int16(each.errorCode);
      writer.int64(each.highWatermark);
      writer.int64(each.lastStableOffset);
      writer.int64(each.startOffset);
      writer.array(each.abortedTransactions, ({ producerId, firstOffset }) => {
        writer.bigInt64(producerId);
        writer.int64(firstOffset);
      });
      writer.int32(-1); // preferred read replica: none
      writer.int32(each.recordSet.length);
      writer.raw(each.recordSet);
    });
  });
}

interface WaitOptions {
  readonly questions: readonly FetchQuestion[];
  readonly maxWaitMs: number;
  readonly isEnough: () => boolean;
  readonly finish: () => void;
}

function waitForRecords({ cluster }: ApiCall, { questions, maxWaitMs, isEnough, finish }: WaitOptions): void {
  const stops: (() => void)[] = [];
  const end = (): void => {
    for (const stop of stops) {
      stop();
    }
    finish();
  };
  stops.push(cluster.world.after(maxWaitMs, end));
  for (const { topic, partition } of questions) {
    const log = cluster.logOf(topic, partition);
    if (log !== undefined) {
      stops.push(log.onChange(() => (isEnough() ? end() : undefined)));
    }
  }
}
