import { toError } from '../../../../runtime/errors.ts';
import type { TopicPartition } from '../../wire/topic-partition.ts';
import type { KafkaRoutes } from '../kafka-routes.ts';
import { type BrokerAddress, formatBrokerAddress } from '../kafkajs/broker-address.ts';

/** Partitions that one broker leads. */
export interface Led<P> {
  readonly address: BrokerAddress;
  readonly led: readonly [P, ...P[]];
}

/** One whose leader is not found holds up no other: it is left out, and `problems` has why. */
export async function groupByLeader<P extends TopicPartition>(
  routes: Pick<KafkaRoutes, 'leaderOf'>,
  partitions: readonly P[],
): Promise<{ readonly groups: readonly Led<P>[]; readonly problems: readonly Error[] }> {
  const groups = new Map<string, { readonly address: BrokerAddress; readonly led: [P, ...P[]] }>();
  const problems: Error[] = [];
  for (const each of partitions) {
    try {
      const address = await routes.leaderOf(each.topic, each.partition);
      const group = groups.get(formatBrokerAddress(address));
      if (group === undefined) {
        groups.set(formatBrokerAddress(address), { address, led: [each] });
      } else {
        group.led.push(each);
      }
    } catch (error) {
      problems.push(toError(error));
    }
  }
  return { groups: [...groups.values()], problems };
}
