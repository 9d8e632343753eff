import type { Duplex } from 'node:stream';
import { WireReader } from '../../../src/kafka/wire/wire-reader.ts';
import { WireWriter } from '../../../src/kafka/wire/wire-writer.ts';
import { createFrameSplitter } from '../../support/kafka/frame-splitter.ts';
import { isFlexible, type KafkaApi, type KafkaRequest, type Reply } from './kafka-api.ts';
import type { SimulatedBroker, SimulatedCluster } from './simulated-cluster.ts';

/** Sees each answer before it is sent. @returns the frames to send instead; `undefined` to end the connection */
export type EditAnswer = (request: KafkaRequest, frame: Buffer) => readonly Buffer[] | undefined;

export interface BrokerServerDeps {
  readonly cluster: SimulatedCluster;
  readonly broker: SimulatedBroker;
  readonly apis: ReadonlyMap<number, KafkaApi>;
  readonly editAnswer: EditAnswer;
}

const lengthBytes = 4;

/** Answers the requests of a connection, one after the other, as a broker does. */
export function serveBroker(socket: Duplex, { cluster, broker, apis, editAnswer }: BrokerServerDeps): void {
  const waiting: Buffer[] = [];
  let isBusy = false;

  function next(): void {
    const frame = isBusy ? undefined : waiting.shift();
    if (frame === undefined) {
      return;
    }
    isBusy = true;
    const request = readRequest(frame);
    const api = apis.get(request.apiKey);
    if (api === undefined || !hasVersion(api, request)) {
      cluster.world.note(broker.host, `has no request ${request.apiKey} of version ${request.apiVersion}`);
      socket.destroy();
      return;
    }
    if (isFlexible(api, request.apiVersion)) {
      request.body.skipTags();
    }
    api.answer(request, toReply(api, request));
  }

  function toReply(api: KafkaApi, request: KafkaRequest): Reply {
    return (write) => {
      const frames = editAnswer(request, writeAnswer(api, request, write));
      if (frames === undefined) {
        socket.destroy();
        return;
      }
      for (const frame of frames) {
        if (!socket.destroyed) {
          socket.write(frame);
        }
      }
      isBusy = false;
      next();
    };
  }

  function readRequest(frame: Buffer): KafkaRequest {
    const body = new WireReader(frame, lengthBytes);
    const [apiKey, apiVersion, correlationId] = [body.int16(), body.int16(), body.int32()];
    const clientId = body.string();
    return { apiKey, apiVersion, correlationId, clientId, body, broker, cluster };
  }

  socket.on('error', () => socket.destroy());
  socket.on(
    'data',
    createFrameSplitter((frame) => {
      // The splitter's bytes are used again.
      waiting.push(Buffer.from(frame));
      next();
    }),
  );
}

function hasVersion({ versions }: KafkaApi, { apiVersion }: KafkaRequest): boolean {
  return versions.from <= apiVersion && apiVersion <= versions.to;
}

function writeAnswer(
  api: KafkaApi,
  { apiVersion, correlationId }: KafkaRequest,
  write: (writer: WireWriter) => void,
): Buffer {
  const writer = new WireWriter(256);
  writer.int32(0);
  writer.int32(correlationId);
  if (isFlexible(api, apiVersion)) {
    writer.unsigned(0);
  }
  write(writer);
  const frame = Buffer.from(writer.written());
  frame.writeInt32BE(frame.length - lengthBytes, 0);
  return frame;
}
