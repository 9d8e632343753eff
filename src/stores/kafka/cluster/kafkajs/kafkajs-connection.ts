import type { Socket } from 'node:net';
import type { ISocketFactory } from 'kafkajs';
import type Broker from 'kafkajs/src/broker/index.js';
import type ConnectionPool from 'kafkajs/src/network/connectionPool.js';
import { withDeadline } from '../../../../runtime/with-deadline.ts';
import {
  ConnectionError,
  type FailedConnection,
  findConnectionAdvice,
  toConnectionError,
} from '../errors/connection-error.ts';
import { formatBrokerAddress, parseBrokerAddress } from './broker-address.ts';
import { openSocket, readConnectionOptions } from './connection-options.ts';
import { type KafkaCall, type KafkaConnection, kafkaApis } from './kafka-connection.ts';
import {
  createKafkajsBroker,
  createRequestSender,
  encodeCall,
  type KafkajsBrokerDeps,
  readThrottleTimeMs,
  supportsVersion,
} from './kafkajs-broker.ts';
import { patchKafkajs } from './patch-kafkajs.ts';
import { createThrottle, withTimeout } from './throttle.ts';

export interface KafkajsConnectionDeps extends KafkajsBrokerDeps {
  /** Called when a response requires a pause. */
  readonly onThrottle?: (throttleMs: number) => void;
}

/**
 * Opens a connection that uses the connection, protocol and authentication of kafkajs, but not its cluster, metadata
 * or retries.
 */
export function createKafkajsConnection(deps: KafkajsConnectionDeps): KafkaConnection {
  const { address, settings, onThrottle } = deps;
  const { connectTimeoutMs } = settings;
  patchKafkajs();
  let socket: Socket | undefined;
  let broker: Broker | undefined;
  let pool: ConnectionPool | undefined;
  let state: 'new' | 'open' | 'ended' = 'new';
  let isConnected = false;
  let hasServedRequest = false;
  const throttle = createThrottle();
  const sendRequest = createRequestSender();
  const endListeners: (() => void)[] = [];
  const connectionEnd = Promise.withResolvers<never>();
  connectionEnd.promise.catch(() => undefined);

  /** Creates the only socket of the connection. If kafkajs tries to reconnect, that attempt fails immediately. */
  const socketFactory: ISocketFactory = (target) => {
    if (socket !== undefined || state === 'ended') {
      throw new Error('the connection has ended');
    }
    const onConnect = (): void => {
      isConnected = true;
      target.onConnect();
    };
    socket = openSocket({ ...target, onConnect });
    socket.once('error', (error) => end(error));
    socket.once('close', () => end());
    return socket;
  };

  function end(cause?: Error): void {
    if (state === 'ended') {
      return;
    }
    state = 'ended';
    throttle.stop();
    socket?.destroy();
    const error = new ConnectionError('connection', cause?.message ?? 'the connection ended', { cause });
    pool?.map((each) => each.rejectRequests(error));
    // kafkajs does not settle every step of connecting when the socket closes.
    connectionEnd.reject(error);
    // All requests have settled, so this call only clears the timers of kafkajs.
    broker?.disconnect().catch(() => undefined);
    for (const listener of endListeners) {
      listener();
    }
  }

  function toFailure(cause: unknown): ConnectionError {
    const error = toConnectionError(cause);
    const connectionStage = hasServedRequest
      ? 'used'
      : broker?.versions
        ? 'greeted'
        : isConnected
          ? 'greeting'
          : 'reaching';
    const { tls, sasl } = deps.connection;
    const hasTls = tls !== undefined;
    const hasLogin = sasl !== undefined;
    // If no broker object exists yet, the failure occurred while reading files and is unrelated to the address.
    const advertisedAddress = broker && findAdvertisedAddress(deps);
    const facts: FailedConnection = {
      error,
      stage: connectionStage,
      hasTls,
      hasLogin,
      advertised: advertisedAddress,
    };
    return toConnectionError(error, findConnectionAdvice(facts));
  }

  async function openConnection(): Promise<void> {
    const options = await readConnectionOptions(deps.connection, deps.logger);
    // The connection may have been closed while the files were being read.
    if (state === 'new') {
      ({ pool, broker } = createKafkajsBroker(deps, options, socketFactory));
      await broker.connect();
    }
  }

  function createTimeoutError(): ConnectionError {
    const message =
      broker === undefined
        ? `the certificate and password files could not be read within ${connectTimeoutMs} ms`
        : `no connection was established within ${connectTimeoutMs} ms`;
    return new ConnectionError('timeout', message);
  }

  function applyThrottle(throttleMs: number): void {
    if (throttleMs > 0) {
      throttle.extend(throttleMs);
      onThrottle?.(throttleMs);
    }
  }

  async function sendAndDecode(
    call: KafkaCall,
    through: Broker,
    connections: ConnectionPool,
  ): Promise<unknown> {
    const { api, codec } = call;
    const { apiVersion, write, decode } = await encodeCall(through, call);
    // kafkajs would open a second connection for fetches. Here, each purpose has its own `KafkaConnection`, which opens
    // only one socket.
    const firstConnection = await connections.getConnection(0);
    const payload = await sendRequest(firstConnection, {
      apiKey: kafkaApis[api],
      apiVersion,
      apiName: api,
      write,
    });
    if (codec?.decode !== undefined) {
      applyThrottle(payload.readInt32BE(codec.throttleAt));
      return codec.decode(payload);
    }
    const answer = await decode(payload);
    applyThrottle(readThrottleTimeMs(answer));
    return answer;
  }

  return {
    address,
    async connect() {
      try {
        await withDeadline(
          Promise.race([openConnection(), connectionEnd.promise]),
          connectTimeoutMs,
          createTimeoutError,
        );
        if (state === 'ended') {
          await connectionEnd.promise;
        }
        state = 'open';
      } catch (error) {
        const failure = toFailure(error);
        end();
        throw failure;
      }
    },
    isOpen: () => state === 'open',
    throttledUntil: throttle.until,
    supports: (api, version) => supportsVersion(broker, api, version),
    onEnd(listener) {
      if (state === 'ended') {
        listener();
      } else {
        endListeners.push(listener);
      }
    },
    async call(call) {
      await throttle.whenOver();
      if (broker === undefined || pool === undefined || state !== 'open') {
        throw new ConnectionError('connection', 'the connection is not open');
      }
      try {
        const pendingAnswer = sendAndDecode(call, broker, pool);
        const timeoutMs = call.timeoutMs ?? settings.requestTimeoutMs;
        // While this request waits for its response, an earlier response may announce a pause during which the broker
        // does not read requests.
        const answer = await withTimeout(pendingAnswer, timeoutMs, 'the response', throttle.until);
        hasServedRequest = true;
        return answer;
      } catch (error) {
        throw toFailure(error);
      }
    },
    close: () => end(),
  };
}

/** Returns the address if the configuration does not contain it. */
function findAdvertisedAddress({ address, connection }: KafkajsConnectionDeps): string | undefined {
  const name = formatBrokerAddress(address);
  const configuredAddress = connection.brokers.map((broker) =>
    formatBrokerAddress(parseBrokerAddress(broker)),
  );
  return configuredAddress.includes(name) ? undefined : name;
}
