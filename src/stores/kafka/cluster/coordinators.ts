import type { ClusterView } from './cluster-view.ts';
import type { ConnectionSet } from './connection-set.ts';
import { checkErrorCode, KafkaAnswerError, unknownErrorCode } from './errors/kafka-answer-error.ts';
import type { BrokerAddress } from './kafkajs/broker-address.ts';
import { getOrCacheAnswer } from './retry-on-error-answer.ts';

/** Kind of coordinator, for either a consumer group or a transactional ID. */
export type CoordinatorKind = 'group' | 'transaction';

export interface Coordinators {
  /**
   * Finds a coordinator.
   *
   * @throws {KafkaAnswerError} with the kind `reroute` if no coordinator is currently available
   */
  coordinatorOf(kind: CoordinatorKind, key: string): Promise<BrokerAddress>;
  forget(): void;
}

interface CoordinatorsDeps {
  readonly readView: () => Promise<ClusterView>;
  readonly connections: ConnectionSet;
}

const coordinatorKindCodes: Readonly<Record<CoordinatorKind, number>> = { group: 0, transaction: 1 };

/** Finds the coordinators of groups and transactional IDs. Results are cached until `forget` is called. */
export function createCoordinators({ readView, connections }: CoordinatorsDeps): Coordinators {
  const addresses = new Map<string, Promise<BrokerAddress>>();
  let coordinatorLookupBroker: BrokerAddress | undefined;

  /**
   * Returns the broker to ask for coordinators. Every live broker knows the coordinators, so the same broker is used
   * until it fails.
   */
  async function findCoordinatorLookupBroker(): Promise<BrokerAddress> {
    if (coordinatorLookupBroker === undefined) {
      const brokers = [...(await readView()).brokers.values()];
      // Concurrent lookups all use the broker that the first lookup selected.
      coordinatorLookupBroker ??= brokers[Math.floor(Math.random() * brokers.length)];
    }
    if (coordinatorLookupBroker === undefined) {
      throw new KafkaAnswerError('reroute', unknownErrorCode, 'The cluster reports no brokers');
    }
    return coordinatorLookupBroker;
  }

  async function ask(kind: CoordinatorKind, key: string): Promise<WireCoordinator> {
    const parameters = { groupId: key, coordinatorType: coordinatorKindCodes[kind] };
    try {
      const answer = await connections.call(await findCoordinatorLookupBroker(), {
        api: 'GroupCoordinator',
        parameters,
      });
      return answer as WireCoordinator;
    } catch (error) {
      coordinatorLookupBroker = undefined;
      throw error instanceof KafkaAnswerError
        ? error
        : new KafkaAnswerError('reroute', unknownErrorCode, `The ${kind} coordinator was not found`, {
            cause: error,
          });
    }
  }

  return {
    coordinatorOf: (kind, key) =>
      getOrCacheAnswer(addresses, `${kind} ${key}`, async () => {
        const { errorCode, coordinator } = await ask(kind, key);
        checkErrorCode(errorCode, `cannot find the ${kind} coordinator`, {
          api: 'FindCoordinator',
          ...(kind === 'group' ? { group: key } : { transactionalId: key }),
        });
        const { host, port } = coordinator;
        return { host, port };
      }),
    forget: () => addresses.clear(),
  };
}

interface WireCoordinator {
  readonly errorCode: number;
  readonly coordinator: BrokerAddress;
}
