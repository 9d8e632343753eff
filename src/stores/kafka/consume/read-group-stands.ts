import type { GroupStand } from '../../../ports/group-stand.ts';
import type { PlacedRecord } from '../../../ports/record-reader.ts';
import { formatCount } from '../../../runtime/format.ts';
import { fetchGroupOffsets, type GroupOffset } from '../cluster/client/group-offsets.ts';
import type { KafkaClientDeps } from '../cluster/client/kafka-client.ts';
import { askOfTopic } from './read-topic.ts';

/** By the offsets that a group has committed. It need not have members, and none joins it. */
export async function readKafkaGroupStands(
  deps: KafkaClientDeps,
  group: string,
  records: readonly PlacedRecord[],
): Promise<readonly GroupStand[]> {
  const offsets = new Map<string, ReadonlyMap<number, GroupOffset>>();
  for (const topic of new Set(records.map((record) => record.topic))) {
    const read = await askOfTopic({ ...deps, topic, groupId: group }, async ({ calls, routes }) => {
      const partitions = Array.from(
        { length: await routes.partitionCountOf(topic) },
        (_, partition) => partition,
      );
      return fetchGroupOffsets(calls, group, topic, partitions);
    });
    offsets.set(topic, read);
  }
  return records.map((record) => judge(record, offsets.get(record.topic) ?? new Map()));
}

function judge({ topic, place }: PlacedRecord, offsets: ReadonlyMap<number, GroupOffset>): GroupStand {
  const [partition = -1, offset = -1] = place
    .slice(topic.length + 1)
    .split('/')
    .map(Number);
  const committed = offsets.get(partition)?.offset;
  if (committed === undefined) {
    return {
      kind: 'no-position',
      detail:
        offsets.size === 0
          ? `it has committed no offset in ${topic}: its name is misspelt, or it has not begun, or its offsets have expired`
          : `it has committed no offset in ${topic}/${partition}, but in ${formatCount(offsets.size, 'other partition')}`,
    };
  }
  const at = `it has committed ${topic}/${partition} to offset ${committed}`;
  if (committed > offset) {
    return { kind: 'passed', detail: at };
  }
  const before = formatCount(offset - committed, 'record');
  return {
    kind: 'waits',
    detail: committed === offset ? `${at}, so it comes next` : `${at}: up to ${before} before it`,
  };
}
