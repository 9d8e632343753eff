import type { ClusterView } from './cluster-view.ts';
import type { ConnectionSet } from './connection-set.ts';
import { checkErrorCode, KafkaAnswerError, noErrorCode } from './errors/kafka-answer-error.ts';
import type { BrokerAddress } from './kafkajs/broker-address.ts';
import { keepAnswer } from './retry-answers.ts';

/** What is coordinated: a group, or a transactional id. */
export type CoordinatorKind = 'group' | 'transaction';

export interface Coordinators {
  /** @throws {KafkaAnswerError} `reroute` when there is none at the moment */
  coordinatorOf(kind: CoordinatorKind, key: string): Promise<BrokerAddress>;
  forget(): void;
}

interface CoordinatorsDeps {
  readonly readView: () => Promise<ClusterView>;
  readonly connections: ConnectionSet;
}

const kindCodes: Readonly<Record<CoordinatorKind, number>> = { group: 0, transaction: 1 };

/** Which broker coordinates what. Answers are kept until `forget`. */
export function createCoordinators({ readView, connections }: CoordinatorsDeps): Coordinators {
  const found = new Map<string, Promise<BrokerAddress>>();
  let guide: BrokerAddress | undefined;

  /** Any live broker knows the coordinators: one of them is asked until it fails. */
  async function findGuide(): Promise<BrokerAddress> {
    if (guide === undefined) {
      const brokers = [...(await readView()).brokers.values()];
      // Many ask at once, and all of the same one.
      guide ??= brokers[Math.floor(Math.random() * brokers.length)];
    }
    if (guide === undefined) {
      throw new KafkaAnswerError('reroute', noErrorCode, 'No broker is known');
    }
    return guide;
  }

  async function ask(kind: CoordinatorKind, key: string): Promise<WireCoordinator> {
    const parameters = { groupId: key, coordinatorType: kindCodes[kind] };
    try {
      const answer = await connections.call(await findGuide(), { api: 'GroupCoordinator', parameters });
      return answer as WireCoordinator;
    } catch (error) {
      guide = undefined;
      throw error instanceof KafkaAnswerError
        ? error
        : new KafkaAnswerError('reroute', noErrorCode, `The ${kind} coordinator is not found`, {
            cause: error,
          });
    }
  }

  return {
    coordinatorOf: (kind, key) =>
      keepAnswer(found, `${kind} ${key}`, async () => {
        const { errorCode, coordinator } = await ask(kind, key);
        checkErrorCode(errorCode, `finding the ${kind} coordinator`, {
          api: 'FindCoordinator',
          ...(kind === 'group' ? { group: key } : { transactionalId: key }),
        });
        const { host, port } = coordinator;
        return { host, port };
      }),
    forget: () => found.clear(),
  };
}

/** As kafkajs decodes it. */
interface WireCoordinator {
  readonly errorCode: number;
  readonly coordinator: BrokerAddress;
}
