import type { Socket } from 'node:net';
import { type ISocketFactory, Kafka, logLevel } from 'kafkajs';
import Broker from 'kafkajs/src/broker/index.js';
import ConnectionPool from 'kafkajs/src/network/connectionPool.js';
import { requests } from 'kafkajs/src/protocol/requests/index.js';
import type { KafkaConnectionConfig } from '../config/kafka-config.ts';
import type { Logger } from '../runtime/logger.ts';
import type { BrokerAddress } from './broker-address.ts';
import { readConnectionOptions } from './connection-options.ts';
import { type KafkaCall, type KafkaConnection, kafkaApis } from './kafka-connection.ts';
import { createKafkaLogCreator } from './kafka-log-creator.ts';
import { verifyKafkajsVersion } from './kafkajs-version.ts';
import { LinkError, toLinkError } from './link-error.ts';
import { mendRequestQueue } from './mend-request-queue.ts';
import { openSocket } from './open-socket.ts';
import { withTimeout } from './with-timeout.ts';

export interface KafkajsConnectionDeps {
  readonly address: BrokerAddress;
  readonly connection: KafkaConnectionConfig;
  readonly settings: { readonly connectTimeoutMs: number; readonly requestTimeoutMs: number };
  readonly logger: Logger;
}

/** kafkajs's connection, protocol and authentication, without its cluster, metadata and retries. */
export function createKafkajsConnection(deps: KafkajsConnectionDeps): KafkaConnection {
  const { address, connection, settings, logger } = deps;
  verifyKafkajsVersion();
  mendRequestQueue();
  let socket: Socket | undefined;
  let broker: Broker | undefined;
  let pool: ConnectionPool | undefined;
  let state: 'new' | 'open' | 'ended' = 'new';
  const endListeners: (() => void)[] = [];

  /** One socket in a connection's life: what kafkajs would do to reconnect fails at once. */
  const socketFactory: ISocketFactory = (target) => {
    if (socket !== undefined || state === 'ended') {
      throw new Error('the link has ended');
    }
    socket = openSocket(target);
    socket.once('close', end);
    return socket;
  };

  function end(): void {
    if (state === 'ended') {
      return;
    }
    state = 'ended';
    socket?.destroy();
    pool?.map((each) => each.rejectRequests(new LinkError('connection', 'the connection ended')));
    // Only clears kafkajs's timers: nothing is pending any more.
    broker?.disconnect().catch(() => undefined);
    for (const listener of endListeners) {
      listener();
    }
  }

  return {
    address,
    async connect() {
      try {
        const { clientId, ssl, sasl } = readConnectionOptions(connection);
        const kafkajsLogger = new Kafka({
          brokers: [],
          logLevel: logger.isLevelEnabled('trace') ? logLevel.DEBUG : logLevel.NOTHING,
          logCreator: createKafkaLogCreator(logger),
        }).logger();
        pool = new ConnectionPool({
          ...address,
          clientId,
          ssl,
          sasl,
          socketFactory,
          connectionTimeout: settings.connectTimeoutMs,
          requestTimeout: settings.requestTimeoutMs,
          // Time is kept here: some requests may take longer than others.
          enforceRequestTimeout: false,
          logger: kafkajsLogger,
        });
        broker = new Broker({
          connectionPool: pool,
          logger: kafkajsLogger,
          allowAutoTopicCreation: false,
          authenticationTimeout: settings.connectTimeoutMs,
        });
        await withTimeout(broker.connect(), settings.connectTimeoutMs, 'connecting');
        if (state === 'ended') {
          throw new LinkError('connection', 'the connection ended');
        }
        state = 'open';
      } catch (error) {
        end();
        throw toLinkError(error);
      }
    },
    isOpen: () => state === 'open',
    onEnd: (listener) => {
      endListeners.push(listener);
    },
    async call(call) {
      try {
        if (broker === undefined || pool === undefined || state !== 'open') {
          throw new LinkError('connection', 'the link is not open');
        }
        // kafkajs keeps fetches apart on a second connection; here each purpose has a connection of its own.
        const only = await pool.getConnection(0);
        const answer = only.send(toKafkajsRequest(broker, call));
        return await withTimeout(answer, call.timeoutMs ?? settings.requestTimeoutMs, 'the answer');
      } catch (error) {
        throw toLinkError(error);
      }
    },
    close: end,
  };
}

function toKafkajsRequest(broker: Broker, { api, parameters, codec }: KafkaCall) {
  const { request, response } = broker.lookupRequest(kafkaApis[api], requests[api])(parameters);
  if (codec !== undefined && codec.version !== request.apiVersion) {
    throw new LinkError('protocol', `the broker has no version ${codec.version} of ${api}`);
  }
  const { encode, decode } = codec ?? {};
  return {
    request: encode === undefined ? request : { ...request, encode: async () => toEncoder(encode()) },
    response: {
      decode: decode === undefined ? response.decode : async (payload: Buffer) => decode(payload),
      // kafkajs's own parse step throws for the first error in an answer and hides the rest of it.
      parse: async (answer: unknown) => answer,
    },
  };
}

/** What kafkajs takes for an encoder that is done. */
function toEncoder(bytes: Buffer): { readonly buf: Buffer; readonly buffer: Buffer } {
  return { buf: bytes, buffer: bytes };
}
