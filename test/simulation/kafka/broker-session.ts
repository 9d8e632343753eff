import type { Duplex } from 'node:stream';
import { createFrameSplitter } from '../../support/kafka/frame-splitter.ts';
import type { ClusterSnapshot } from './cluster-snapshot.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import type { ApiCall } from './transactions/api-handler.ts';
import { AnswerWriter, RequestReader } from './transactions/broker-wire.ts';
import { kafkaHandlers } from './transactions/kafka-apis.ts';
import type { ProduceAnswer, ProducedPart } from './transactions/produce-api.ts';

/** Who asks which broker for what. */
export type Asked = Pick<ApiCall, 'broker' | 'apiKey' | 'from'>;

/** What goes wrong with one request. */
export interface RequestFault {
  /** The broker answers with this error, and does nothing. */
  readonly error?: string;
  /** The broker does what it was asked, and never answers. */
  readonly isSilent?: boolean;
  /** It ends the connection instead. */
  readonly isCut?: boolean;
  /** The broker answers, and reads nothing from the connection for so long (KIP-219). */
  readonly throttleMs?: number;
  /** What it sends instead of the answer, which has its length before it. */
  readonly spoil?: (frame: Buffer) => Buffer;
}

/** What brokers do that a cluster which lacks nothing does not. */
export interface BrokerHooks {
  onRequest?(asked: Asked): RequestFault;
  /** An error for a part that is not even looked at; 0 for none. */
  refuse?(asked: Asked, part: ProducedPart): number;
  /** What the broker says of records instead of the truth; `undefined`: it never answers. */
  edit?(asked: Asked, answer: ProduceAnswer): ProduceAnswer | undefined;
  /** What a broker says instead of what it knows. */
  editView?(asked: Asked, view: ClusterSnapshot): ClusterSnapshot;
}

const lengthBytes = 4;
const unspoiled = (frame: Buffer): Buffer => frame;

/** One connection to a broker, which takes the next request once it has answered the last one. */
export function serveBrokerSession(
  socket: Duplex,
  cluster: KafkaCluster,
  { broker, from }: Pick<ApiCall, 'broker' | 'from'>,
): void {
  const waiting: Buffer[] = [];
  let isBusy = false;

  function takeNext(): void {
    const frame = isBusy ? undefined : waiting.shift();
    if (frame !== undefined) {
      isBusy = true;
      handle(new RequestReader(frame, lengthBytes));
    }
  }

  function takeMore(): void {
    isBusy = false;
    takeNext();
  }

  function handle(request: RequestReader): void {
    const apiKey = request.int16();
    const version = request.int16();
    const correlationId = request.int32();
    const clientId = request.string();
    const handler = kafkaHandlers.get(apiKey);
    if (handler?.version !== version) {
      cluster.world.note(`kafka-${broker}`, `has no request ${apiKey} of version ${version}`);
      socket.destroy();
      return;
    }
    const {
      error,
      isSilent,
      isCut,
      throttleMs = 0,
      spoil = unspoiled,
    } = cluster.hooks.onRequest?.({ broker, apiKey, from }) ?? {};
    handler.handle({
      ...{ cluster, broker, apiKey, clientId, from, request, throttleMs },
      fault: error,
      answer(write) {
        if (isCut === true) {
          socket.destroy();
        }
        if (socket.destroyed) {
          return;
        }
        if (isSilent !== true) {
          socket.write(spoil(toFrame(correlationId, write)));
        }
        if (throttleMs > 0) {
          cluster.world.after(throttleMs, takeMore);
        } else {
          takeMore();
        }
      },
    });
  }

  socket.on('error', () => socket.destroy());
  socket.on(
    'data',
    createFrameSplitter((frame) => {
      // The splitter's bytes are used again.
      waiting.push(Buffer.from(frame));
      takeNext();
    }),
  );
}

function toFrame(correlationId: number, write: (writer: AnswerWriter) => void): Buffer {
  const writer = new AnswerWriter();
  writer.int32(0);
  writer.int32(correlationId);
  write(writer);
  const frame = Buffer.from(writer.written());
  frame.writeInt32BE(frame.length - lengthBytes, 0);
  return frame;
}
