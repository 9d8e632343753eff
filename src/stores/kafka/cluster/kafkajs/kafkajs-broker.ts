import type { ISocketFactory, Logger as KafkajsLogger } from 'kafkajs';
import Broker from 'kafkajs/src/broker/index.js';
import ConnectionPool from 'kafkajs/src/network/connectionPool.js';
import { requests } from 'kafkajs/src/protocol/requests/index.js';
import type { Logger } from '../../../../runtime/logger.ts';
import type { WireWriter } from '../../wire/wire-writer.ts';
import { ConnectionError } from '../errors/connection-error.ts';
import type { BrokerAddress } from './broker-address.ts';
import type { ConnectionOptions } from './connection-options.ts';
import type { KafkaAccess } from './kafka-access.ts';
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
  options: ConnectionOptions & { readonly socketFactory: ISocketFactory },
): { readonly pool: ConnectionPool; readonly broker: Broker } {
  const kafkajsLogger = toKafkajsLogger(logger);
  const pool = new ConnectionPool({
    ...address,
    ...options,
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

/** kafkajs uses this name for the versions in which the client has to wait. */
export function readThrottle(answer: unknown): number {
  const { clientSideThrottleTime } = answer as { readonly clientSideThrottleTime?: number };
  return clientSideThrottleTime ?? 0;
}
