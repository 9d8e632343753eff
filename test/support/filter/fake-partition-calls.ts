import type {
  PartitionCalls,
  PartitionDestination,
} from '../../../src/stores/kafka/cluster/client/partition-calls.ts';
import type { KafkaCall } from '../../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';

export interface FakePartitionCalls extends PartitionCalls {
  readonly asked: readonly { readonly to: PartitionDestination; readonly call: KafkaCall }[];
}

/**
 * Creates partition calls that the test answers, without retries. Every version is supported, unless the test sets a
 * different version.
 */
export function createFakePartitionCalls(
  answer: (call: KafkaCall) => unknown,
  supports: PartitionCalls['supports'] = async () => true,
): FakePartitionCalls {
  const asked: { readonly to: PartitionDestination; readonly call: KafkaCall }[] = [];
  const ask = async <T>(
    to: PartitionDestination,
    call: KafkaCall,
    check: (answer: unknown) => T,
  ): Promise<T> => {
    asked.push({ to, call });
    return check(await answer(call));
  };
  return {
    asked,
    ask,
    read: async (to, toCall, check) => ask(to, typeof toCall === 'function' ? await toCall() : toCall, check),
    supports,
  };
}
