import { randomUUID } from 'node:crypto';
import { apiKeys, askKafka, wireString } from '../support/kafka/kafka-wire.ts';
import { withAdmin } from '../support/kafka/topics.ts';

export type RecipeGroup = ReturnType<typeof nameRecipeGroup>;

/** The consumer group of a recipe on the broker. */
export function nameRecipeGroup(bootstrap: string, topic: string) {
  const groupId = randomUUID();
  const describe = () =>
    withAdmin(bootstrap, async (admin) => {
      const { groups } = await admin.describeGroups([groupId]);
      const [{ state, members }] = groups as [(typeof groups)[number]];
      return { state, members: members.map(({ memberId }) => memberId) };
    });
  return {
    groupId,
    describe,
    /** Next offset to read, by partition. The value is 0 if no offset was committed. */
    readOffsets: () =>
      withAdmin(bootstrap, async (admin) => {
        const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] });
        return new Map(
          answer?.partitions.map(({ partition, offset }) => [partition, Math.max(0, Number(offset))]),
        );
      }),
    /**
     * Removes killed members from the group immediately. Otherwise, the broker would remove them only when their
     * session expires after 45 s.
     */
    async removeMembers(): Promise<void> {
      const port = Number(bootstrap.split(',')[0]?.split(':')[1]);
      for (const member of (await describe()).members) {
        const body = Buffer.concat([wireString(groupId), wireString(member)]);
        await askKafka({ port, apiKey: apiKeys.leaveGroup, apiVersion: 0, body });
      }
    },
  };
}
