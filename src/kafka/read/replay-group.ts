import { setTimeout as delay } from 'node:timers/promises';
import { commitGroupOffsets, type GroupOffset } from '../client/group-offsets.ts';
import {
  type GroupDeps,
  type GroupMember,
  joinGeneration,
  leaveGroup,
  sendHeartbeat,
  syncGeneration,
} from '../client/group-requests.ts';
import type { KafkaClient } from '../client/kafka-client.ts';
import { retryAnswers } from '../cluster/retry-answers.ts';
import { checkErrorCode, KafkaAnswerError } from '../errors/kafka-answer-error.ts';
import { errorCodes } from '../errors/kafka-errors.ts';
import { encodeAssignment, encodeSubscription } from '../wire/consumer-protocol.ts';

export interface ReplayGroup {
  readonly topic: string;
  readonly groupId: string;
}

const protocolName = 'comapi-replay';
const sessionTimeoutMs = 30_000;
const heartbeatMs = 3_000;
/** The member that leads joins again with its next heartbeat; a busy one takes longer. */
const joinTimeoutMs = 30_000;
/** Others that try to run make the group begin anew; each of them leaves at once. */
const mostGenerations = 20;

/**
 * Asked before joining, so that a run that is under way is not disturbed.
 *
 * @throws when another run is under way
 */
export async function requireIdleGroup({ calls }: KafkaClient, groupId: string): Promise<void> {
  const call = { api: 'DescribeGroups', parameters: { groupIds: [groupId] } } as const;
  const members = await calls.read({ coordinator: 'group', key: groupId }, call, (answer) => {
    const [group] = (answer as WireGroups).groups;
    // No such group yet: Apache Kafka says that it is dead, others that it is not found.
    if (group?.errorCode !== errorCodes.GROUP_ID_NOT_FOUND) {
      const asked = { api: 'DescribeGroups', group: groupId } as const;
      checkErrorCode(group?.errorCode ?? -1, 'finding other runs of replay', asked);
    }
    return group?.members ?? [];
  });
  if (members.length > 0) {
    throw createRefusal(groupId);
  }
}

/**
 * The one run that may write to the group: its leader. Each run remembers in the group what is done, and two of them would
 * overwrite each other's. Of several that join at once one leads, and the others give up.
 */
export class ReplayMember {
  readonly #client: KafkaClient;
  readonly #replay: ReplayGroup;
  readonly #group: GroupDeps;
  readonly #left = new AbortController();
  #memberId = '';
  /** The member in the latest generation, as far as it is known. */
  #current: Promise<GroupMember>;

  /**
   * @param client of this run alone: a broker answers the requests of a connection one after the other, so the heartbeats
   *   of another run on it would wait behind this join, which waits for that run, until the coordinator takes it for dead
   * @throws when another run leads the group
   */
  static async join(client: KafkaClient, group: ReplayGroup): Promise<ReplayMember> {
    const member = new ReplayMember(client, group);
    try {
      await member.#current;
    } catch (error) {
      await member.leave();
      throw error;
    }
    void member.#beat();
    return member;
  }

  private constructor(client: KafkaClient, replay: ReplayGroup) {
    const { groupId } = replay;
    this.#client = client;
    this.#replay = replay;
    this.#group = {
      // Each of them may be asked again.
      ask: (call) => client.calls.read({ coordinator: 'group', key: groupId }, call, (answer) => answer),
      groupId,
      protocolName,
      instanceId: null,
      sessionTimeoutMs,
      onMemberId: (id) => {
        this.#memberId = id;
      },
    };
    this.#current = this.#join();
  }

  /**
   * @param topic that of the group, or another one
   * @throws when the group has gone on without this run
   */
  commit(offsets: ReadonlyMap<number, GroupOffset>, topic = this.#replay.topic): Promise<void> {
    const { groupId } = this.#replay;
    return inNextGenerations(async () => {
      const known = this.#current;
      try {
        const member = await known;
        await commitGroupOffsets(this.#client.calls, groupId, member, topic, offsets);
      } catch (error) {
        this.#noteFailure(known, error);
        throw error;
      }
    });
  }

  /** What is committed stays. */
  async leave(): Promise<void> {
    this.#left.abort();
    if (this.#memberId !== '') {
      // Otherwise the group notices it after the session.
      await leaveGroup(this.#group, this.#memberId).catch(() => undefined);
    }
  }

  #join(): Promise<GroupMember> {
    const joining = inNextGenerations(() =>
      retryAnswers(() => this.#joinOnce(), {
        signal: this.#left.signal,
        onReroute: this.#client.routes.forget,
        timeoutMs: joinTimeoutMs,
      }),
    );
    joining.catch(() => undefined);
    return joining;
  }

  async #joinOnce(): Promise<GroupMember> {
    const { groupId, topic } = this.#replay;
    const subscription = encodeSubscription({ topic, owned: [] });
    const joined = await joinGeneration(this.#group, this.#memberId, subscription);
    if (joined.leaderId !== joined.memberId) {
      throw createRefusal(groupId);
    }
    // Partitions are not shared: there is one reader.
    const memberAssignment = encodeAssignment(topic, []);
    await syncGeneration(this.#group, joined, [{ memberId: joined.memberId, memberAssignment }]);
    return joined;
  }

  async #beat(): Promise<void> {
    const { signal } = this.#left;
    for (;;) {
      await delay(heartbeatMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) {
        return;
      }
      // A commit may have found another generation meanwhile: with an old one the coordinator counts no heartbeat.
      const known = this.#current;
      try {
        await sendHeartbeat(this.#group, await known);
      } catch (error) {
        // What does not pass is said by the next commit.
        this.#noteFailure(known, error);
      }
    }
  }

  /** A heartbeat and a commit may both find out that there is another generation. */
  #noteFailure(known: Promise<GroupMember>, error: unknown): void {
    if (isOtherGeneration(error) && this.#current === known) {
      this.#current = this.#join();
    }
  }
}

/** Again while the group begins anew. */
async function inNextGenerations<T>(work: () => Promise<T>): Promise<T> {
  for (let generation = 1; ; generation += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isOtherGeneration(error) || generation === mostGenerations) {
        throw error;
      }
    }
  }
}

function isOtherGeneration(error: unknown): boolean {
  const codes: readonly number[] = [errorCodes.REBALANCE_IN_PROGRESS, errorCodes.ILLEGAL_GENERATION];
  return error instanceof KafkaAnswerError && codes.includes(error.errorCode);
}

function createRefusal(groupId: string): Error {
  return new Error(
    `another replay runs in the consumer group ${groupId}, or was killed less than 30 s ago; wait for it, or give --group`,
  );
}

interface WireGroups {
  readonly groups: readonly { readonly errorCode: number; readonly members: readonly unknown[] }[];
}
