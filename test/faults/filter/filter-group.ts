import { withAdmin } from '../../support/kafka/topics.ts';
import { waitUntil } from '../../support/wait-until.ts';
import type { FilterFaultContext } from './filter-faults.ts';

const timeoutMs = 120_000;
/** More than the sender has under way. */
export const someRecords = 300;

/** Resolves when so many have joined the group: on a busy machine a process may take as long as a short round. */
export async function startFilters(
  { filters, cluster, groupId }: FilterFaultContext,
  count: number,
): Promise<void> {
  for (let started = 0; started < count; started += 1) {
    filters.start();
  }
  await withAdmin(cluster.internalBootstrap, (admin) =>
    waitUntil(
      async () => {
        const [group] = (await admin.describeGroups([groupId])).groups;
        return group?.state === 'Stable' && group.members.length === count;
      },
      { timeoutMs, what: `${count} filters have joined ${groupId}` },
    ),
  );
}

/** Resolves when the group has read so many records more than there are now. */
export async function whenRead(
  { cluster, groupId, topic }: FilterFaultContext,
  records: number,
): Promise<void> {
  await withAdmin(cluster.internalBootstrap, async (admin) => {
    const now = await waitUntil(() => admin.fetchTopicOffsets(topic), {
      timeoutMs,
      what: `ends of ${topic}`,
    });
    const wanted = now.reduce((sum, { high }) => sum + Number(high), records);
    await waitUntil(
      async () => {
        const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
        const offsets = committed?.partitions.map(({ offset }) => Math.max(0, Number(offset))) ?? [];
        return offsets.reduce((sum, offset) => sum + offset, 0) >= wanted;
      },
      { timeoutMs, what: `${groupId} has read ${records} more records of ${topic}` },
    );
  });
}
