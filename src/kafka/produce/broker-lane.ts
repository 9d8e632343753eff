import { Lane } from '../../append/lane.ts';
import type { LaneRequest } from '../../append/lane-store.ts';
import { createLogLimit } from '../../runtime/log-limit.ts';
import { type ConnectionError, toConnectionError } from '../errors/connection-error.ts';
import { type BrokerAddress, formatBrokerAddress } from '../kafkajs/broker-address.ts';
import type { OpenProduceConnection, PartitionAnswer, ProduceConnection } from './produce-connection.ts';
import type { ProduceDeps } from './produce-deps.ts';
import { settleBatches } from './settle-batches.ts';

export interface BrokerLaneDeps extends ProduceDeps {
  readonly broker: number;
  readonly address: BrokerAddress;
  readonly openConnection: OpenProduceConnection;
  readonly random: () => number;
  readonly onCircuitChange: () => void;
}

const rejectionLinesPerSecond = 1;

type Answer = readonly PartitionAnswer[] | ConnectionError;

/** A lane to one broker: it carries the records of partitions that this broker leads. */
export class BrokerLane extends Lane<ProduceConnection, Answer> {
  readonly broker: number;
  readonly #place: { address: BrokerAddress };

  constructor(deps: BrokerLaneDeps) {
    const { broker, metrics, logger } = deps;
    const place = { address: deps.address };
    super({
      ...deps,
      name: `Kafka broker ${broker}`,
      openConnection: () => deps.openConnection(place.address),
      send: ({ connection, batches }) => connection.produce(batches).catch(toConnectionError),
      settle: createSettle(deps),
      reportConnectError(error, isFirst) {
        const { reason, message } = toConnectionError(error);
        const address = formatBrokerAddress(place.address);
        logger[isFirst ? 'warn' : 'debug'](
          { broker, address, reason },
          `cannot connect to kafka: ${message}`,
        );
        return `broker ${address}: ${message}`;
      },
      onDiscard: metrics.rebuilt,
      onFailure: deps.refreshView,
    });
    this.broker = broker;
    metrics.laneOpened(broker);
    this.#place = place;
  }

  moveTo(next: BrokerAddress): void {
    const { address } = this.#place;
    if (next.host !== address.host || next.port !== address.port) {
      this.#place.address = next;
      this.reconnect();
    }
  }
}

/** Settles produce requests, and reports what a broker says of its quota. */
function createSettle(deps: BrokerLaneDeps) {
  const { broker, clock, metrics, logger, refreshView } = deps;
  const rejectionLog = createLogLimit(clock, rejectionLinesPerSecond);
  let isThrottled = false;

  function reportThrottle(connection: ProduceConnection): void {
    const throttleMs = connection.throttledUntil() - clock.now();
    if (throttleMs > 0) {
      metrics.throttled(broker, throttleMs / 1000);
      const level = isThrottled ? 'debug' : 'warn';
      logger[level](
        { broker, throttleMs: Math.round(throttleMs) },
        'the quota of this client on a kafka broker is used up',
      );
    }
    isThrottled = throttleMs > 0;
  }

  return (request: LaneRequest<ProduceConnection>, answer: Answer) => {
    const { connection } = request;
    const { address } = connection;
    const { failure, stale } = settleBatches({ ...deps, ...request, address, answer, rejectionLog });
    reportThrottle(connection);
    if (stale) {
      refreshView();
    }
    return failure;
  };
}
