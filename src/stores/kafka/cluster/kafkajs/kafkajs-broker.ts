import type { ISocketFactory, Logger as KafkajsLogger } from 'kafkajs';
import Broker from 'kafkajs/src/broker/index.js';
import type Connection from 'kafkajs/src/network/connection.js';
import ConnectionPool from 'kafkajs/src/network/connectionPool.js';
import { requests } from 'kafkajs/src/protocol/requests/index.js';
import type { Logger } from '../../../../runtime/logger.ts';
import { WireWriter } from '../../wire/wire-writer.ts';
import { ConnectionError } from '../errors/connection-error.ts';
import type { BrokerAddress } from './broker-address.ts';
import type { ConnectionOptions, KafkaAccess } from './connection-options.ts';
import { type KafkaCall, kafkaApis } from './kafka-connection.ts';

export interface KafkajsBrokerDeps {
  readonly address: BrokerAddress;
  readonly connection: KafkaAccess;
  readonly settings: { readonly connectTimeoutMs: number; readonly requestTimeoutMs: number };
  readonly logger: Logger;
}

export function createKafkajsBroker(
  { address, settings, logger }: Omit<KafkajsBrokerDeps, 'connection'>,
  { clientId, ssl, sasl }: ConnectionOptions,
  socketFactory: ISocketFactory,
): { readonly pool: ConnectionPool; readonly broker: Broker } {
  const kafkajsLogger = toKafkajsLogger(logger);
  const pool = new ConnectionPool({
    host: address.host,
    port: address.port,
    clientId,
    ssl,
    sasl,
    socketFactory,
    connectionTimeout: settings.connectTimeoutMs,
    requestTimeout: settings.requestTimeoutMs,
    // `KafkaConnection.call` enforces the timeout, which differs between requests.
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

/**
 * Adapts the logger for kafkajs. Lines are forwarded only if the log level is `trace`, and the level of each line is
 * lowered by one. An error in kafkajs is just a failed attempt that the caller handles.
 */
function toKafkajsLogger(logger: Logger, namespace = ''): KafkajsLogger {
  const isTraceEnabled = logger.isLevelEnabled('trace');
  const createLogFunction = (level: 'warn' | 'debug' | 'trace') => (message: string, extra?: object) => {
    if (isTraceEnabled) {
      logger[level]({ component: `kafkajs/${namespace}`, ...extra }, message);
    }
  };
  return {
    error: createLogFunction('warn'),
    warn: createLogFunction('warn'),
    info: createLogFunction('debug'),
    debug: createLogFunction('trace'),
    namespace: (name) => toKafkajsLogger(logger, name),
    setLogLevel: () => undefined,
  };
}

export function supportsVersion(broker: Broker | undefined, api: KafkaCall['api'], version: number): boolean {
  const supportedVersions = broker?.versions?.[kafkaApis[api]];
  return (
    supportedVersions !== undefined &&
    supportedVersions.minVersion <= version &&
    version <= supportedVersions.maxVersion
  );
}

/** Returns how to encode a call and how to decode its response. */
export async function encodeCall(broker: Broker, { api, parameters, codec }: KafkaCall) {
  if (codec !== undefined && !supportsVersion(broker, api, codec.version)) {
    throw new ConnectionError('protocol', `the broker does not support version ${codec.version} of ${api}`);
  }
  if (codec?.write !== undefined && codec.decode !== undefined) {
    // kafkajs only sends the bytes, so it does not need to support this version.
    return { apiVersion: codec.version, write: codec.write, decode: async () => undefined };
  }
  const { request, response } = broker.lookupRequest(kafkaApis[api], requests[api])(parameters);
  const { apiVersion } = request;
  if (codec !== undefined && codec.version !== apiVersion) {
    throw new ConnectionError('protocol', `kafkajs does not support version ${codec.version} of ${api}`);
  }
  // The kafkajs step `parse` is omitted, because it throws at the first error in a response and hides all others.
  const { decode } = response;
  if (codec?.write !== undefined) {
    return { apiVersion, write: codec.write, decode };
  }
  const { buffer } = await request.encode();
  return { apiVersion, write: (writer: WireWriter) => writer.raw(buffer), decode };
}

export interface KafkajsRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  /** Writes the part of the request that follows its header. */
  readonly write: (writer: WireWriter) => void;
}

/** Sends a request. @returns the response without its header */
export type RequestSender = (connection: Connection, request: KafkajsRequest) => Promise<Buffer>;

const initialBufferBytes = 1024;
/** Larger buffers are not reused. A full produce request takes about half of this size, unless a single record is huge. */
const maxReusedBufferBytes = 2 * 1024 * 1024;

/**
 * Replaces the kafkajs method `Connection.send`. The replacement writes a request directly into the buffer that is
 * sent, and reuses the buffer after the socket has written it. In contrast, kafkajs copies each request twice, into
 * buffers that it clears first.
 */
export function createRequestSender(): RequestSender {
  let reusableWriter: WireWriter | undefined;

  return async (connection, { apiKey, apiVersion, apiName, write }) => {
    if (!connection.isAuthenticated()) {
      await connection.authenticate();
    }
    connection.failIfNotConnected();
    const writer = reusableWriter ?? new WireWriter(initialBufferBytes);
    reusableWriter = undefined;
    const correlationId = connection.nextCorrelationId();
    writer.offset = 0;
    writer.int32(0); // Placeholder for the length of the following bytes, which is written below.
    writer.int16(apiKey);
    writer.int16(apiVersion);
    writer.int32(correlationId);
    writer.string(connection.clientId);
    write(writer);
    writer.bytes.writeInt32BE(writer.offset - 4, 0);
    const { promise, resolve, reject } = Promise.withResolvers<{ readonly payload: Buffer }>();
    connection.requestQueue.push({
      entry: { apiKey, apiVersion, apiName, correlationId, resolve, reject },
      expectResponse: true,
      requestTimeout: null,
      sendRequest: () => {
        connection.socket.write(writer.written(), () => {
          reusableWriter = writer.bytes.length <= maxReusedBufferBytes ? writer : undefined;
        });
      },
    });
    return (await promise).payload;
  };
}

/** Reads the throttle time. kafkajs sets this field for API versions in which the client itself must wait. */
export function readThrottleTimeMs(answer: unknown): number {
  const { clientSideThrottleTime } = answer as { readonly clientSideThrottleTime?: number };
  return clientSideThrottleTime ?? 0;
}
