import { setTimeout as delay } from 'node:timers/promises';
import type { GroupMembership } from '../../revisions/filter-store.ts';
import { Backoff } from '../../runtime/backoff.ts';
import type { Logger } from '../../runtime/logger.ts';
import { toError } from '../../runtime/to-error.ts';
import { leaveGroup, sendHeartbeat } from '../client/group-requests.ts';
import type { ConnectionSet } from '../cluster/connection-set.ts';
import type { KafkaRoutes } from '../cluster/kafka-routes.ts';
import { KafkaAnswerError } from '../errors/kafka-answer-error.ts';
import { errorCodes } from '../errors/kafka-errors.ts';
import type { KafkaCall } from '../kafkajs/kafka-connection.ts';
import { createConfirmation } from './confirmation.ts';
import { joinGroup, type Membership } from './join-group.ts';

export interface GroupMembershipDeps {
  readonly routes: KafkaRoutes;
  readonly openConnections: () => ConnectionSet;
  readonly groupId: string;
  readonly topic: string;
  /** Static membership: a member that comes back in time under the same name keeps its partitions. */
  readonly instanceId?: string;
  readonly sessionTimeoutMs: number;
  readonly countPartitions: () => Promise<number>;
  /** Partitions that are processed here. */
  readonly owned: () => readonly number[];
  /** Called after each round, also when nothing changed. */
  readonly onAssignment: (partitions: readonly number[]) => void;
  /** Another process has the same instance id: it goes on, this one must not. */
  readonly onFenced: (error: Error) => void;
  /** What keeps this process from being a member; `undefined` when nothing does. */
  readonly onProblem: (error: Error | undefined) => void;
  readonly logger: Logger;
}

const protocolName = 'comapi-revision-filter';
const heartbeatsPerSession = 10;
const maxHeartbeatMs = 3_000;
const retryDelayMs = { first: 200, last: 2_000 };

/**
 * Joins and keeps the membership by heartbeats. Processing goes on while the group rebalances: the new owner of a
 * partition fences the old one, so no member has to stop for the others.
 */
export function startGroupMembership(deps: GroupMembershipDeps): GroupMembership {
  const { routes, openConnections, groupId, sessionTimeoutMs, owned, logger } = deps;
  const { onAssignment, onFenced, onProblem } = deps;
  const instanceId = deps.instanceId ?? null;
  const stopped = new AbortController();
  const confirmation = createConfirmation();
  const heartbeatMs = Math.min(maxHeartbeatMs, sessionTimeoutMs / heartbeatsPerSession);
  let connections = openConnections();
  let memberId = '';
  let membership: Membership | undefined;
  const backoff = new Backoff(retryDelayMs);

  const group = {
    ...deps,
    protocolName,
    instanceId,
    onMemberId: (id: string) => {
      memberId = id;
    },
    ask: async (call: KafkaCall) => connections.call(await routes.coordinatorOf('group', groupId), call),
  };

  function confirm(): void {
    confirmation.confirm();
    backoff.reset();
    onProblem(undefined);
  }

  async function join(): Promise<void> {
    membership = await joinGroup(group, memberId, owned());
    if (!stopped.signal.aborted) {
      logger.info({ ...membership }, 'joined the consumer group');
      onAssignment(membership.partitions);
      confirm();
    }
  }

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        if (membership === undefined) {
          await join();
        } else {
          await delay(heartbeatMs, undefined, { signal: stopped.signal });
          await sendHeartbeat(group, membership);
          confirm();
        }
      } catch (error) {
        if (!stopped.signal.aborted) {
          recover(error);
          await delay(backoff.next(), undefined, { signal: stopped.signal }).catch(() => {});
        }
      }
    }
  }

  function recover(error: unknown): void {
    if (error instanceof KafkaAnswerError) {
      switch (error.errorCode) {
        case errorCodes.REBALANCE_IN_PROGRESS:
          logger.info('the consumer group rebalances');
          membership = undefined;
          return;
        case errorCodes.UNKNOWN_MEMBER_ID:
        case errorCodes.ILLEGAL_GENERATION:
          logger.warn('the consumer group has gone on without this process, joining again');
          membership = undefined;
          memberId = error.errorCode === errorCodes.UNKNOWN_MEMBER_ID ? '' : memberId;
          return;
        case errorCodes.FENCED_INSTANCE_ID:
          stopped.abort();
          onFenced(new Error(`Another process has joined ${groupId} as the instance ${instanceId}`));
          return;
        case errorCodes.COORDINATOR_LOAD_IN_PROGRESS:
          return;
        default:
      }
    }
    routes.forget();
    onProblem(toError(error));
  }

  const running = run();
  return {
    isMember: () => confirmation.ageMs() < sessionTimeoutMs,
    whenConfirmed: confirmation.next,
    async stop() {
      stopped.abort();
      // The coordinator may hold a request to join back for long, and with it everything behind it on its connection.
      connections.close();
      await running;
      connections = openConnections();
      if (memberId !== '' && instanceId === null) {
        await leaveGroup(group, memberId).catch((err: unknown) => {
          logger.warn({ err }, 'the consumer group notices that this process left after the session timeout');
        });
      }
      connections.close();
    },
  };
}
