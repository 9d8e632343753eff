import type { RedisConfig } from '../../config/redis-config.ts';
import type { GroupStand } from '../../ports/group-stand.ts';
import { type PlacedRecord, splitPlace } from '../../ports/record-reader.ts';
import { formatCount, formatDuration } from '../../runtime/format.ts';
import { withRedis } from './open-redis.ts';
import { findFact, isBefore } from './read-stream.ts';
import type { RedisClient, Reply } from './redis-client.ts';

/** By the last entry that a group of the stream got, and by what is not acknowledged of it. @throws {RedisError} */
export function readRedisGroupStands(
  config: RedisConfig,
  group: string,
  records: readonly PlacedRecord[],
): Promise<readonly GroupStand[]> {
  return withRedis(config, async (client) => {
    const groups = new Map<string, Reply>();
    const stands: GroupStand[] = [];
    for (const { place } of records) {
      const [stream, entry] = splitPlace(place);
      const known = groups.get(stream) ?? (await client.call(['XINFO', 'GROUPS', stream]));
      groups.set(stream, known);
      stands.push(await judge(client, { group, stream, entry, groups: known }));
    }
    return stands;
  });
}

interface EntryOfGroup {
  readonly group: string;
  readonly stream: string;
  readonly entry: string;
  /** As XINFO GROUPS answers. */
  readonly groups: Reply;
}

async function judge(
  { call }: Pick<RedisClient, 'call'>,
  { group, stream, entry, groups }: EntryOfGroup,
): Promise<GroupStand> {
  const all = Array.isArray(groups) ? (groups as readonly Reply[]) : [];
  const facts = all.find((each) => findFact(each, 'name') === group);
  if (facts === undefined) {
    const names = all.map((each) => String(findFact(each, 'name'))).join(', ');
    return {
      kind: 'no-position',
      detail: `${stream} has no such group; ${names === '' ? 'it has none' : `it has ${names}`}`,
    };
  }
  const last = String(findFact(facts, 'last-delivered-id'));
  if (isBefore(last, entry)) {
    return { kind: 'waits', detail: `the last entry of ${stream} that it got is ${last}` };
  }
  const pending = await call(['XPENDING', stream, group, entry, entry, '1']);
  const [first] = Array.isArray(pending) ? (pending as readonly Reply[]) : [];
  if (!Array.isArray(first)) {
    return { kind: 'passed', detail: `it got ${stream} to entry ${last}, and has acknowledged this one` };
  }
  const [, consumer, idleMs, deliveries] = first as readonly Reply[];
  return {
    kind: 'delivered',
    detail: `${String(consumer)} got it ${formatDuration(Number(idleMs))} ago, delivered ${formatCount(Number(deliveries), 'time')}`,
  };
}
