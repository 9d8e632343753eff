import type { ConnectionSet } from '../../../src/stores/kafka/cluster/connection-set.ts';
import type { KafkaCall } from '../../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';
import { decodeSubscription, encodeAssignment } from '../../../src/stores/kafka/wire/consumer-protocol.ts';

type Api = KafkaCall['api'];
type Answer = number | Error | Promise<number>;

/** A request of a group member, with the set of connections that the member used for it. */
interface Asked {
  readonly api: Api;
  readonly memberId: string;
  readonly connections: number;
  /** The partitions that the member lists as its own in a join request. */
  readonly owned: readonly number[] | undefined;
}

interface Parameters {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly groupProtocols?: readonly [{ readonly metadata: Buffer }];
}

/**
 * Creates a coordinator that responds without errors by default. For each request, the test can set the next responses:
 * error codes or thrown errors.
 */
export function createFakeGroupCoordinator() {
  const asked: Asked[] = [];
  const answers: Partial<Record<Api, Answer[]>> = {};
  const connections = { opened: 0, closed: 0 };

  function openConnections(): ConnectionSet {
    connections.opened += 1;
    const number = connections.opened;
    const closed = Promise.withResolvers<never>();
    closed.promise.catch(() => {});
    return {
      async call(_address: object, { api, parameters }: KafkaCall) {
        const { memberId, groupProtocols } = parameters as Parameters;
        const metadata = groupProtocols?.[0].metadata;
        const owned = metadata && decodeSubscription(metadata)?.owned;
        asked.push({ api, memberId, connections: number, owned });
        const errorCode = await Promise.race([answers[api]?.shift() ?? 0, closed.promise]);
        if (errorCode instanceof Error) {
          throw errorCode;
        }
        const member = { memberId: 'me', leaderId: 'other', generationId: 7, members: [] };
        return { errorCode, ...member, memberAssignment: encodeAssignment('events', [1, 2]) };
      },
      supports: async () => true,
      close() {
        connections.closed += 1;
        closed.reject(new Error('closed'));
      },
    };
  }

  return {
    asked,
    answers,
    connections,
    openConnections,
    countOf: (api: Api) => asked.filter((each) => each.api === api).length,
  };
}
