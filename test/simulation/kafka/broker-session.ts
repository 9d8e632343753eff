import type { Duplex } from 'node:stream';
import { createFrameSplitter } from '../../support/kafka/frame-splitter.ts';
import type { ClusterSnapshot } from './cluster-snapshot.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import type { ApiCall } from './transactions/api-handler.ts';
import { AnswerWriter, RequestReader } from './transactions/broker-wire.ts';
import { kafkaHandlers } from './transactions/kafka-apis.ts';
import type { ProduceAnswer, ProducedPart } from './transactions/produce-api.ts';

/** A request: which client sends what to which broker. */
export type Asked = Pick<ApiCall, 'broker' | 'apiKey' | 'from'>;

/** Fault of a single request. */
export interface RequestFault {
  /** The broker returns this error without carrying out the request. */
  readonly error?: string;
  /** The broker carries out the request but never responds. */
  readonly isSilent?: boolean;
  /** The broker closes the connection instead. */
  readonly isCut?: boolean;
  /** The broker responds, but does not read from the connection for this time (KIP-219). */
  readonly throttleMs?: number;
  /** Replaces the response frame, which begins with its length. */
  readonly spoil?: (frame: Buffer) => Buffer;
}

/** Hooks with which brokers deviate from correct behaviour. */
export interface BrokerHooks {
  onRequest?(asked: Asked): RequestFault;
  /** Returns an error for a part of a request that is not examined, or 0. */
  refuse?(asked: Asked, part: ProducedPart): number;
  /** Replaces the response to records. `undefined` means that the broker never responds. */
  edit?(asked: Asked, answer: ProduceAnswer): ProduceAnswer | undefined;
  /** Replaces the view that a broker reports. */
  editView?(asked: Asked, view: ClusterSnapshot): ClusterSnapshot;
}

const lengthBytes = 4;
const unspoiled = (frame: Buffer): Buffer => frame;

/** Serves one connection to a broker, which handles a request after it has responded to the previous one. */
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
      // Copies the frame, because the splitter reuses its bytes.
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
