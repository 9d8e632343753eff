import { apiVersions } from '../wire/api-versions.ts';
import {
  type CoordinatorKind,
  coordinatorsThrottleAt,
  decodeCoordinators,
  type FoundCoordinator,
  toKindCode,
  writeFindCoordinators,
} from '../wire/coordinators-codec.ts';
import type { ClusterView } from './cluster-view.ts';
import type { ConnectionSet } from './connection-set.ts';
import { checkErrorCode, KafkaAnswerError } from './errors/kafka-answer-error.ts';
import type { BrokerAddress } from './kafkajs/broker-address.ts';
import type { KafkaCall } from './kafkajs/kafka-connection.ts';
import { keepAnswer } from './retry-answers.ts';

export interface Coordinators {
  /** @throws {KafkaAnswerError} `reroute` when there is none at the moment */
  coordinatorOf(kind: CoordinatorKind, key: string): Promise<BrokerAddress>;
  forget(): void;
}

interface CoordinatorsDeps {
  readonly readView: () => Promise<ClusterView>;
  readonly connections: ConnectionSet;
}

type FoundByKey = ReadonlyMap<string, Omit<FoundCoordinator, 'key'>>;

/** A request for a kind that is still open to more keys. */
interface OpenQuestion {
  readonly keys: string[];
  readonly answer: Promise<FoundByKey>;
}

/** So many names take 250 KB at most. */
const mostKeys = 1_000;

/** Which broker coordinates what. Answers are kept until `forget`. What is asked in one turn of the event loop goes together. */
export function createCoordinators({ readView, connections }: CoordinatorsDeps): Coordinators {
  const found = new Map<string, Promise<BrokerAddress>>();
  const open = new Map<CoordinatorKind, OpenQuestion>();
  let guide: BrokerAddress | undefined;

  /** Any live broker knows the coordinators: one of them is asked until it fails. */
  async function findGuide(): Promise<BrokerAddress> {
    if (guide === undefined) {
      const brokers = [...(await readView()).brokers.values()];
      guide = brokers[Math.floor(Math.random() * brokers.length)];
    }
    if (guide === undefined) {
      throw new KafkaAnswerError('reroute', -1, 'No broker is known');
    }
    return guide;
  }

  async function send(kind: CoordinatorKind, keys: readonly string[]): Promise<FoundByKey> {
    try {
      const address = await findGuide();
      return (await connections.supports(address, 'GroupCoordinator', apiVersions.FindCoordinator))
        ? toMap((await connections.call(address, toFindCoordinators(kind, keys))) as FoundCoordinator[])
        : await sendOneByOne(address, kind, keys);
    } catch (error) {
      guide = undefined;
      throw error instanceof KafkaAnswerError
        ? error
        : new KafkaAnswerError('reroute', -1, `The ${kind} coordinator is not found`, { cause: error });
    }
  }

  /** For brokers before 3.0. */
  async function sendOneByOne(
    address: BrokerAddress,
    kind: CoordinatorKind,
    keys: readonly string[],
  ): Promise<FoundByKey> {
    const askOne = async (key: string) => {
      const parameters = { groupId: key, coordinatorType: toKindCode(kind) };
      const answer = await connections.call(address, { api: 'GroupCoordinator', parameters });
      const { errorCode, coordinator } = answer as WireCoordinator;
      return { key, errorCode, ...coordinator };
    };
    return toMap(await Promise.all(keys.map(askOne)));
  }

  function ask(kind: CoordinatorKind, key: string): Promise<FoundByKey> {
    const question = open.get(kind);
    if (question !== undefined && question.keys.length < mostKeys) {
      question.keys.push(key);
      return question.answer;
    }
    const keys = [key];
    const answer = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      if (open.get(kind)?.keys === keys) {
        open.delete(kind);
      }
      return send(kind, keys);
    });
    open.set(kind, { keys, answer });
    return answer;
  }

  return {
    coordinatorOf: (kind, key) =>
      keepAnswer(found, `${kind} ${key}`, async () => {
        const coordinator = (await ask(kind, key)).get(key);
        checkErrorCode(coordinator?.errorCode ?? -1, `finding the ${kind} coordinator`, {
          api: 'FindCoordinator',
          ...(kind === 'group' ? { group: key } : { transactionalId: key }),
        });
        const { host = '', port = 0 } = coordinator ?? {};
        return { host, port };
      }),
    forget: () => found.clear(),
  };
}

export function toFindCoordinators(kind: CoordinatorKind, keys: readonly string[]): KafkaCall {
  return {
    api: 'GroupCoordinator',
    parameters: { kind, keys },
    codec: {
      version: apiVersions.FindCoordinator,
      write: (writer) => writeFindCoordinators(writer, kind, keys),
      decode: decodeCoordinators,
      throttleAt: coordinatorsThrottleAt,
    },
  };
}

function toMap(coordinators: readonly FoundCoordinator[]): FoundByKey {
  return new Map(coordinators.map(({ key, ...coordinator }) => [key, coordinator]));
}

/** As kafkajs decodes it. */
interface WireCoordinator {
  readonly errorCode: number;
  readonly coordinator: BrokerAddress;
}
