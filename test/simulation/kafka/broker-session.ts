import type { Duplex } from 'node:stream';
import { createFrameSplitter } from '../../support/kafka/frame-splitter.ts';
import type { ClusterSnapshot } from './cluster-snapshot.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import type { ApiCall } from './transactions/api-handler.ts';
import { AnswerWriter, RequestReader } from './transactions/broker-wire.ts';
import { kafkaHandlers } from './transactions/kafka-apis.ts';
import type { ProduceAnswer, ProducedPart } from './transactions/produce-api.ts';

/** A request, together with the client that sent it and the broker that received it. */
export type Asked = Pick<ApiCall, 'broker' | 'apiKey' | 'from'>;

/** A fault that affects a single request. */
export interface RequestFault {
  /** The broker returns this error without executing the request. */
  readonly error?: string;
  /** The broker executes the request but never responds. */
  readonly isSilent?: boolean;
  /** The broker closes the connection instead of responding. */
  readonly isCut?: boolean;
  /** Time in milliseconds for which the broker does not read from the connection after it has responded (KIP-219). */
  readonly throttleMs?: number;
  /** Replaces the response frame, including its length prefix. */
  readonly spoil?: (frame: Buffer) => Buffer;
}

/** Hooks that make brokers deviate from correct behaviour. */
export interface BrokerHooks {
  onRequest?(asked: Asked): RequestFault;
  /**
   * Returns the error code for one part of a request, or 0 for success. The broker does not process parts with an
   * error.
   */
  refuse?(asked: Asked, part: ProducedPart): number;
  /** Replaces the response to a produce request. `undefined` means that the broker never responds. */
  edit?(asked: Asked, answer: ProduceAnswer): ProduceAnswer | undefined;
  /** Replaces the cluster metadata that a broker reports. */
  editView?(asked: Asked, view: ClusterSnapshot): ClusterSnapshot;
}

const lengthBytes = 4;
const unspoiled = (frame: Buffer): Buffer => frame;

/** Serves one connection to a broker. The broker responds to each request before it processes the next one. */
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
      // Copies the frame, because the frame splitter reuses its bytes.
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
