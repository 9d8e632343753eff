import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { FilterProblems } from '../../../../filter/filter-problems.ts';
import type { AssignedPartitions, GroupMembership } from '../../../../filter/filter-store.ts';
import { Backoff } from '../../../../runtime/backoff.ts';
import type { Logger } from '../../../../runtime/logger.ts';
import { leaveGroup, sendHeartbeat } from '../../cluster/client/group-requests.ts';
import type { ConnectionSet } from '../../cluster/connection-set.ts';
import { KafkaAnswerError, unknownErrorCode } from '../../cluster/errors/kafka-answer-error.ts';
import { errorCodes } from '../../cluster/errors/kafka-errors.ts';
import type { KafkaRoutes } from '../../cluster/kafka-routes.ts';
import { type JoinGroupDeps, joinGroup, type Membership } from './join-group.ts';

export interface GroupMembershipDeps {
  readonly routes: KafkaRoutes;
  readonly openConnections: () => ConnectionSet;
  readonly groupId: string;
  readonly topics: JoinGroupDeps['topics'];
  readonly sessionTimeoutMs: number;
  readonly countPartitions: () => Promise<number>;
  readonly problems: Pick<FilterProblems, 'observe'>;
  readonly logger: Logger;
}

const heartbeatsPerSession = 10;
const maxHeartbeatMs = 3_000;
const retryDelayMs = { first: 200, last: 2_000 };

/**
 * Joins the consumer group and keeps the membership alive with heartbeats. Members continue processing while the
 * group rebalances, because the new owner of a partition fences the previous owner.
 */
export class KafkaGroupMembership implements GroupMembership {
  readonly #deps: GroupMembershipDeps;
  readonly #group: JoinGroupDeps;
  readonly #stopped = new AbortController();
  readonly #backoff = new Backoff(retryDelayMs);
  readonly #confirmations = new EventEmitter().setMaxListeners(0);
  #running: Promise<void> = Promise.resolve();
  #confirmedAt = Number.NEGATIVE_INFINITY;
  #connections: ConnectionSet;
  #memberId = '';
  #membership: Membership | undefined;

  constructor(deps: GroupMembershipDeps) {
    const { routes, groupId, topics, sessionTimeoutMs, countPartitions } = deps;
    this.#deps = deps;
    this.#connections = deps.openConnections();
    this.#group = {
      groupId,
      topics,
      sessionTimeoutMs,
      countPartitions,
      onMemberId: (id) => {
        this.#memberId = id;
      },
      ask: async (call) => this.#connections.call(await routes.coordinatorOf('group', groupId), call),
    };
  }

  join(assigned: AssignedPartitions): void {
    this.#running = this.#run(assigned);
  }

  isMember(): boolean {
    return performance.now() - this.#confirmedAt < this.#deps.sessionTimeoutMs;
  }

  async whenConfirmed(signal: AbortSignal): Promise<void> {
    await once(this.#confirmations, 'confirmed', { signal });
  }

  async leave(): Promise<void> {
    this.#stopped.abort();
    // The coordinator may delay its response to a join request, and with it all later responses on the same
    // connection.
    this.#connections.close();
    await this.#running;
    this.#connections = this.#deps.openConnections();
    if (this.#memberId !== '') {
      await leaveGroup(this.#group, this.#memberId).catch((err: unknown) => {
        const text =
          'cannot leave the consumer group: the other members get the partitions after the session timeout';
        this.#deps.logger.warn({ err }, text);
      });
    }
    this.#connections.close();
  }

  async #run(assigned: AssignedPartitions): Promise<void> {
    const { sessionTimeoutMs } = this.#deps;
    const { signal } = this.#stopped;
    const heartbeatMs = Math.min(maxHeartbeatMs, sessionTimeoutMs / heartbeatsPerSession);
    while (!signal.aborted) {
      try {
        if (this.#membership === undefined) {
          await this.#join(assigned);
        } else {
          await delay(heartbeatMs, undefined, { signal });
          await sendHeartbeat(this.#group, this.#membership);
          this.#confirm();
        }
      } catch (error) {
        if (!signal.aborted) {
          this.#recover(error);
          await delay(this.#backoff.next(), undefined, { signal }).catch(() => {});
        }
      }
    }
  }

  async #join(assigned: AssignedPartitions): Promise<void> {
    const membership = await joinGroup(this.#group, this.#memberId, assigned.owned());
    this.#membership = membership;
    if (!this.#stopped.signal.aborted) {
      this.#deps.logger.info({ ...membership }, 'joined the consumer group');
      assigned.assign(membership.partitions);
      this.#confirm();
    }
  }

  #confirm(): void {
    this.#confirmedAt = performance.now();
    this.#confirmations.emit('confirmed');
    this.#backoff.reset();
    this.#deps.problems.observe('group', undefined);
  }

  #recover(error: unknown): void {
    const { routes, problems, logger } = this.#deps;
    switch (error instanceof KafkaAnswerError ? error.errorCode : unknownErrorCode) {
      case errorCodes.REBALANCE_IN_PROGRESS:
        logger.info('the consumer group is rebalancing');
        this.#membership = undefined;
        return;
      case errorCodes.UNKNOWN_MEMBER_ID:
        this.#memberId = '';
        this.#rejoin();
        return;
      case errorCodes.ILLEGAL_GENERATION:
        this.#rejoin();
        return;
      case errorCodes.COORDINATOR_LOAD_IN_PROGRESS:
        return;
      default:
        routes.forget();
        problems.observe('group', error);
    }
  }

  #rejoin(): void {
    this.#deps.logger.warn('the consumer group no longer includes this process; joining again');
    this.#membership = undefined;
  }
}
