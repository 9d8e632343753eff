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

/** kafkajs's part of a connection. */
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

/**
 * kafkajs's own lines, for a developer only, and one level lower: what it calls an error is a failed attempt that its caller
 * judges.
 */
function toKafkajsLogger(logger: Logger, namespace = ''): KafkajsLogger {
  const isWanted = logger.isLevelEnabled('trace');
  const write = (level: 'warn' | 'debug' | 'trace') => (message: string, extra?: object) => {
    if (isWanted) {
      logger[level]({ component: `kafkajs/${namespace}`, ...extra }, message);
    }
  };
  return {
    error: write('warn'),
    warn: write('warn'),
    info: write('debug'),
    debug: write('trace'),
    namespace: (name) => toKafkajsLogger(logger, name),
    setLogLevel: () => undefined,
  };
}

export function hasVersion(broker: Broker | undefined, api: KafkaCall['api'], version: number): boolean {
  const versions = broker?.versions?.[kafkaApis[api]];
  return versions !== undefined && versions.minVersion <= version && version <= versions.maxVersion;
}

/** What is written for a call, and how kafkajs reads the answer. */
export async function toWireForm(broker: Broker, { api, parameters, codec }: KafkaCall) {
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

export interface KafkajsRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  /** Writes what follows the header. */
  readonly write: (writer: WireWriter) => void;
}

/** @returns the answer without its header */
export type SendRequest = (connection: Connection, request: KafkajsRequest) => Promise<Buffer>;

const firstBytes = 1024;
/** A full produce request has about half of it, beside a record that is larger than all others together. */
const largestKeptBytes = 2 * 1024 * 1024;

/**
 * Does what kafkajs's `Connection.send` does, except that a request is written where it is sent from. kafkajs copies it
 * twice, into buffers that it clears first. The buffer is used again once the socket is done with it.
 */
export function createRequestSender(): SendRequest {
  let spare: WireWriter | undefined;

  return async (connection, { apiKey, apiVersion, apiName, write }) => {
    if (!connection.isAuthenticated()) {
      await connection.authenticate();
    }
    connection.failIfNotConnected();
    const writer = spare ?? new WireWriter(firstBytes);
    spare = undefined;
    const correlationId = connection.nextCorrelationId();
    writer.offset = 0;
    writer.int32(0); // length of what follows, see below
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
          spare = writer.bytes.length <= largestKeptBytes ? writer : undefined;
        });
      },
    });
    return (await promise).payload;
  };
}

/** kafkajs uses this name for the versions in which the client has to wait. */
export function readThrottle(answer: unknown): number {
  const { clientSideThrottleTime } = answer as { readonly clientSideThrottleTime?: number };
  return clientSideThrottleTime ?? 0;
}
