import type {
  KafkaCall,
  KafkaConnection,
} from '../../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';
import type { Line } from './cluster-under-script.ts';
import { connectTo } from './connect-to.ts';
import { askUntilDone, type ScriptTarget } from './script-target.ts';

interface Joined {
  readonly errorCode: number;
  readonly generationId: number;
  readonly leaderId: string;
  readonly memberId: string;
  readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[];
}

interface Synced {
  readonly errorCode: number;
  readonly memberAssignment: Buffer;
}

interface JoinOptions {
  readonly protocol?: string;
  readonly sessionTimeout?: number;
}

/** Runs members that join a group, take part in rebalances, and leave. */
export async function runGroupScript(target: ScriptTarget): Promise<readonly Line[]> {
  const { groupId, topic } = target;
  const lines: Line[] = [];
  const names = new Map<string, string>();
  const [one, two] = [await connectTo(target.port), await connectTo(target.port)];

  /** Replaces a member id by a number, because its random part differs between brokers. */
  function nameOf(memberId: string): string {
    const name = names.get(memberId) ?? (memberId === '' ? 'nobody' : `member ${names.size + 1}`);
    names.set(memberId, name);
    return name;
  }

  async function join(
    connection: KafkaConnection,
    memberId: string,
    options: JoinOptions = {},
  ): Promise<Joined> {
    const { protocol = 'range', sessionTimeout = 30_000 } = options;
    const call: KafkaCall = {
      api: 'JoinGroup',
      parameters: {
        ...{ groupId, sessionTimeout, rebalanceTimeout: 20_000, memberId, groupInstanceId: null },
        protocolType: 'consumer',
        groupProtocols: [{ name: protocol, metadata: Buffer.from('wants') }],
      },
      timeoutMs: 30_000,
    };
    return askUntilDone<Joined>(connection, call, ({ errorCode }) => errorCode);
  }

  function addLine(what: string, { errorCode, generationId, leaderId, memberId, members }: Joined): void {
    const others = members.map((member) => `${nameOf(member.memberId)} ${String(member.memberMetadata)}`);
    lines.push([what, errorCode, generationId, nameOf(leaderId), nameOf(memberId), others.toSorted()]);
  }

  async function sync(
    what: string,
    connection: KafkaConnection,
    member: Joined,
    assignments: Record<string, string> = {},
  ) {
    const { memberId, generationId } = member;
    const groupAssignment = Object.entries(assignments).map(([id, text]) => ({
      memberId: id,
      memberAssignment: Buffer.from(text),
    }));
    const parameters = { groupId, generationId, memberId, groupInstanceId: null, groupAssignment };
    const answer = (await connection.call({ api: 'SyncGroup', parameters, timeoutMs: 30_000 })) as Synced;
    lines.push([what, answer.errorCode, String(answer.memberAssignment)]);
  }

  async function beat(what: string, memberId: string, groupGenerationId: number) {
    const parameters = { groupId, groupGenerationId, memberId, groupInstanceId: null };
    const call: KafkaCall = { api: 'Heartbeat', parameters };
    lines.push([
      what,
      (await askUntilDone<{ errorCode: number }>(one, call, ({ errorCode }) => errorCode)).errorCode,
    ]);
  }

  async function leave(what: string, memberId: string): Promise<void> {
    const parameters = { groupId, memberId, groupInstanceId: null };
    const answer = (await one.call({ api: 'LeaveGroup', parameters })) as {
      readonly errorCode: number;
      readonly members: readonly { readonly errorCode: number }[];
    };
    lines.push([what, answer.errorCode, answer.members.map(({ errorCode }) => errorCode)]);
  }

  async function commit(
    what: string,
    { memberId = '', generationId = -1 }: Partial<Joined> = {},
    { partition = 0, metadata = 'note' } = {},
  ): Promise<void> {
    const topics = [{ topic, partitions: [{ partition, offset: '3', metadata }] }];
    const parameters = { groupId, groupGenerationId: generationId, memberId, topics };
    type Answer = {
      readonly responses: readonly { readonly partitions: readonly { readonly errorCode: number }[] }[];
    };
    const codeOf = ({ responses }: Answer) => responses[0]?.partitions[0]?.errorCode;
    const call: KafkaCall = { api: 'OffsetCommit', parameters };
    lines.push([what, codeOf(await askUntilDone<Answer>(one, call, codeOf))]);
  }

  await commit('commit from outside');
  await commit('of too long a note', {}, { metadata: 'x'.repeat(4_097) });
  await commit('of the longest note', {}, { metadata: 'x'.repeat(4_096) });
  await commit('of no partition', {}, { partition: 9 });
  await beat('heartbeat of nobody', 'nobody', 1);
  addLine('a session that is too short', await join(one, '', { sessionTimeout: 100 }));
  const required = await join(one, '');
  addLine('without an id', required);
  const first = await join(one, required.memberId);
  addLine('the first', first);
  await beat('before the assignment', first.memberId, first.generationId);
  await commit('commit before the assignment', first);
  await sync('assign to one', one, first, { [first.memberId]: 'all' });
  await beat('heartbeat', first.memberId, first.generationId);
  await commit('commit by a member', first);
  await commit('commit from outside, beside a member');
  await commit('commit in another generation', { ...first, generationId: first.generationId + 7 });
  await beat('of another generation', first.memberId, first.generationId + 7);
  await sync('assign in another generation', one, { ...first, generationId: first.generationId + 7 });
  await sync('the same again', one, first);
  addLine('of an unknown id', await join(one, 'nobody'));
  addLine('of another protocol', await join(one, '', { protocol: 'another' }));

  const second = await join(two, '');
  const joining = join(two, second.memberId);
  while (lines.at(-1)?.[1] !== 27) {
    lines.splice(-1, lines.at(-1)?.[0] === 'is notified of the round' ? 1 : 0);
    await beat('is notified of the round', first.memberId, first.generationId);
  }
  await sync('assign in the middle of a round', one, first);
  const again = await join(one, first.memberId);
  addLine('the first, again', again);
  addLine('the second', await joining);
  const both = { [first.memberId]: 'half', [second.memberId]: 'other half' };
  const waiting = sync('the second is told', two, await joining);
  await Promise.all([waiting, sync('the first assigns', one, again, both)]);
  lines.push(...lines.splice(-2).toSorted((a, b) => (a[0] < b[0] ? -1 : 1)));
  await leave('an unknown one leaves', 'nobody');
  await leave('the second leaves', second.memberId);
  await beat('after it has left', second.memberId, again.generationId);
  await beat('hears that it has left', first.memberId, again.generationId);
  await leave('the first leaves', first.memberId);
  await beat('of an empty group', first.memberId, again.generationId);
  one.close();
  two.close();
  return lines;
}
