import type { Socket } from 'node:net';
import { type ISocketFactory, Kafka, logLevel } from 'kafkajs';
import Broker from 'kafkajs/src/broker/index.js';
import ConnectionPool from 'kafkajs/src/network/connectionPool.js';
import { requests } from 'kafkajs/src/protocol/requests/index.js';
import type { Logger } from '../../runtime/logger.ts';
import { within } from '../../runtime/within.ts';
import { ConnectionError, toConnectionError } from '../errors/connection-error.ts';
import type { WireWriter } from '../wire/wire-writer.ts';
import type { BrokerAddress } from './broker-address.ts';
import { readConnectionOptions } from './connection-options.ts';
import type { KafkaAccess } from './kafka-access.ts';
import { type KafkaCall, type KafkaConnection, kafkaApis } from './kafka-connection.ts';
import { createKafkaLogCreator } from './kafka-log-creator.ts';
import { verifyKafkajsVersion } from './kafkajs-version.ts';
import { mendReauthentication } from './mend-reauthentication.ts';
import { mendRequestQueue } from './mend-request-queue.ts';
import { openSocket } from './open-socket.ts';
import { createRequestSender } from './request-sender.ts';
import { createThrottle } from './throttle.ts';
import { withTimeout } from './with-timeout.ts';

export interface KafkajsConnectionDeps {
  readonly address: BrokerAddress;
  readonly connection: KafkaAccess;
  readonly settings: { readonly connectTimeoutMs: number; readonly requestTimeoutMs: number };
  readonly logger: Logger;
  /** An answer of the broker asks for a pause of so many milliseconds. */
  readonly onThrottle?: (throttleMs: number) => void;
}

/** Uses kafkajs's connection, protocol and authentication, but not its cluster, metadata and retries. */
export function createKafkajsConnection(deps: KafkajsConnectionDeps): KafkaConnection {
  const { address, settings, onThrottle } = deps;
  const { connectTimeoutMs } = settings;
  verifyKafkajsVersion();
  mendRequestQueue();
  mendReauthentication();
  let socket: Socket | undefined;
  let broker: Broker | undefined;
  let pool: ConnectionPool | undefined;
  let state: 'new' | 'open' | 'ended' = 'new';
  const throttle = createThrottle();
  const send = createRequestSender();
  const endListeners: (() => void)[] = [];

  /** A connection has one socket in its life: an attempt of kafkajs to reconnect fails at once. */
  const socketFactory: ISocketFactory = (target) => {
    if (socket !== undefined || state === 'ended') {
      throw new Error('the connection has ended');
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
    throttle.stop();
    socket?.destroy();
    pool?.map((each) => each.rejectRequests(new ConnectionError('connection', 'the connection ended')));
    // Nothing is pending any more: this only clears kafkajs's timers.
    broker?.disconnect().catch(() => undefined);
    for (const listener of endListeners) {
      listener();
    }
  }

  function noteThrottle(throttleMs: number): void {
    if (throttleMs > 0) {
      throttle.note(throttleMs);
      onThrottle?.(throttleMs);
    }
  }

  async function exchange(call: KafkaCall, through: Broker, connections: ConnectionPool): Promise<unknown> {
    const { api, codec } = call;
    const { apiVersion, write, decode } = await toWireForm(through, call);
    // kafkajs keeps fetches apart on a second connection; here each purpose has a connection of its own.
    const only = await connections.getConnection(0);
    const payload = await send(only, { apiKey: kafkaApis[api], apiVersion, apiName: api, write });
    if (codec?.decode !== undefined) {
      noteThrottle(payload.readInt32BE(codec.throttleAt));
      return codec.decode(payload);
    }
    const answer = await decode(payload);
    noteThrottle(readThrottle(answer));
    return answer;
  }

  return {
    address,
    async connect() {
      try {
        ({ pool, broker } = createBroker(deps, socketFactory));
        await within(broker.connect(), connectTimeoutMs, () => {
          return new ConnectionError('timeout', `connecting took longer than ${connectTimeoutMs} ms`);
        });
        if (state === 'ended') {
          throw new ConnectionError('connection', 'the connection ended');
        }
        state = 'open';
      } catch (error) {
        end();
        throw toConnectionError(error);
      }
    },
    isOpen: () => state === 'open',
    throttledUntil: throttle.until,
    supports: (api, version) => hasVersion(broker, api, version),
    onEnd: (listener) => {
      endListeners.push(listener);
    },
    async call(call) {
      try {
        await throttle.passed();
        if (broker === undefined || pool === undefined || state !== 'open') {
          throw new ConnectionError('connection', 'the connection is not open');
        }
        const answered = exchange(call, broker, pool);
        const timeoutMs = call.timeoutMs ?? settings.requestTimeoutMs;
        // The answer to an earlier request may come meanwhile and say that the broker reads this one later.
        return await withTimeout(answered, timeoutMs, 'the answer', throttle.until);
      } catch (error) {
        throw toConnectionError(error);
      }
    },
    close: end,
  };
}

/** Reads the certificate and password files. */
function createBroker(
  { address, connection, settings, logger }: KafkajsConnectionDeps,
  socketFactory: ISocketFactory,
): { readonly pool: ConnectionPool; readonly broker: Broker } {
  const kafkajsLogger = new Kafka({
    brokers: [],
    logLevel: logger.isLevelEnabled('trace') ? logLevel.DEBUG : logLevel.NOTHING,
    logCreator: createKafkaLogCreator(logger),
  }).logger();
  const pool = new ConnectionPool({
    ...address,
    ...readConnectionOptions(connection, logger),
    socketFactory,
    connectionTimeout: settings.connectTimeoutMs,
    requestTimeout: settings.requestTimeoutMs,
    // `call` measures the time, because some requests may take longer than others.
    enforceRequestTimeout: false,
    logger: kafkajsLogger,
  });
  const broker = new Broker({
    connectionPool: pool,
    logger: kafkajsLogger,
    allowAutoTopicCreation: false,
    authenticationTimeout: settings.connectTimeoutMs,
  });
  return { pool, broker };
}

function hasVersion(broker: Broker | undefined, api: KafkaCall['api'], version: number): boolean {
  const versions = broker?.versions?.[kafkaApis[api]];
  return versions !== undefined && versions.minVersion <= version && version <= versions.maxVersion;
}

/** What is written for a call, and how kafkajs reads the answer. */
async function toWireForm(broker: Broker, { api, parameters, codec }: KafkaCall) {
  if (codec !== undefined && !hasVersion(broker, api, codec.version)) {
    throw new ConnectionError('protocol', `the broker has no version ${codec.version} of ${api}`);
  }
  if (codec?.write !== undefined && codec.decode !== undefined) {
    // kafkajs only sends the bytes, and need not know the version.
    return { apiVersion: codec.version, write: codec.write, decode: async () => undefined };
  }
  const { request, response } = broker.lookupRequest(kafkaApis[api], requests[api])(parameters);
  const { apiVersion } = request;
  if (codec !== undefined && codec.version !== apiVersion) {
    throw new ConnectionError('protocol', `kafkajs does not speak version ${codec.version} of ${api}`);
  }
  // kafkajs's own parse step throws for the first error in an answer and hides the rest of it.
  const { decode } = response;
  if (codec?.write !== undefined) {
    return { apiVersion, write: codec.write, decode };
  }
  const { buffer } = await request.encode();
  return { apiVersion, write: (writer: WireWriter) => writer.raw(buffer), decode };
}

/** kafkajs uses this name for the versions in which the client has to wait. */
function readThrottle(answer: unknown): number {
  const { clientSideThrottleTime } = answer as { readonly clientSideThrottleTime?: number };
  return clientSideThrottleTime ?? 0;
}
