import type { Circuit } from '../../append/circuit.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { BrokerConnection, OpenBrokerConnection } from '../cluster/broker-connection.ts';
import { toConnectionError } from '../errors/connection-error.ts';
import { type BrokerAddress, formatBrokerAddress } from '../kafkajs/broker-address.ts';
import type { KafkaSinkMetrics } from './kafka-sink-metrics.ts';
import type { RetryCause } from './produce-failure.ts';
import type { ProduceSettings } from './produce-settings.ts';

/** Keeps one open connection to a broker, with or without traffic: a broker that comes back is noticed by being there. */
export interface LaneConnection {
  /** The connection, if it is open. */
  current(): BrokerConnection | undefined;
  /** Throws this connection away and makes another. Does nothing when it is no longer the present one. */
  discard(connection: BrokerConnection, cause: RetryCause): void;
  /** Why the broker cannot be reached, for a person; `undefined` when it can. */
  problem(): string | undefined;
  /** The connection has proven itself: the next failure is followed by an attempt without delay. */
  confirm(): void;
  moveTo(address: BrokerAddress): void;
  close(): void;
}

interface LaneConnectionDeps {
  readonly broker: number;
  readonly address: BrokerAddress;
  readonly openConnection: OpenBrokerConnection;
  readonly circuit: Circuit;
  readonly settings: ProduceSettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: KafkaSinkMetrics;
  readonly logger: Logger;
  readonly onOpen: () => void;
  readonly onFailure: () => void;
}

export function createLaneConnection(deps: LaneConnectionDeps): LaneConnection {
  const { broker, openConnection, circuit, settings, clock, random, metrics, logger, onOpen, onFailure } =
    deps;
  let address = deps.address;
  let current: BrokerConnection | undefined;
  let timer: NodeJS.Timeout | undefined;
  let retryDelayMs = 0;
  let problem: string | undefined;
  let closed = false;

  async function connect(): Promise<void> {
    const startedAt = clock.now();
    const connection = openConnection(address);
    current = connection;
    try {
      await connection.connect();
      if (connection === current) {
        connection.onEnd(() => discard(connection, 'connection'));
        problem = undefined;
        circuit.admitTrial();
        onOpen();
      } else {
        connection.close();
      }
    } catch (error) {
      if (connection === current) {
        const { reason, message } = toConnectionError(error);
        problem = `broker ${formatBrokerAddress(address)}: ${message}`;
        const line = { broker, address: formatBrokerAddress(address), reason };
        // The circuit says the rest.
        logger[retryDelayMs === 0 ? 'warn' : 'debug'](line, `cannot connect to kafka: ${message}`);
        circuit.failure(startedAt);
        connectLater();
        onFailure();
      }
    }
  }

  function connectLater(): void {
    current = undefined;
    const delayMs = circuit.isOpen() ? circuit.trialInMs() : retryDelayMs;
    timer = setTimeout(() => void connect(), delayMs * (1 + random() / 4));
    const { first, last } = settings.retryDelayMs;
    retryDelayMs = Math.min(Math.max(retryDelayMs * 2, first), last);
  }

  function discard(connection: BrokerConnection, cause: RetryCause): void {
    if (connection !== current || closed) {
      return;
    }
    metrics.rebuilt(cause);
    connectLater();
    connection.close();
    onFailure();
  }

  void connect();

  return {
    current: () => (current?.isOpen() ? current : undefined),
    discard,
    problem: () => problem,
    confirm() {
      retryDelayMs = 0;
    },
    moveTo(next) {
      if (next.host !== address.host || next.port !== address.port) {
        address = next;
        const old = current;
        clearTimeout(timer);
        void connect();
        old?.close();
      }
    },
    close() {
      closed = true;
      clearTimeout(timer);
      const connection = current;
      current = undefined;
      connection?.close();
    },
  };
}
