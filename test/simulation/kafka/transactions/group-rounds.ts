import { toErrorCode } from './error-code.ts';
import type { GroupMembers, Member } from './group-members.ts';
import { type JoinAnswer, noAssignment, type SyncRequest } from './group-messages.ts';

interface GroupRoundsDeps {
  /** Starts a timer. @returns a function that cancels it */
  readonly after: (ms: number, run: () => void) => () => void;
  /** Value of Kafka's `group.initial.rebalance.delay.ms`. */
  readonly initialDelayMs: number;
  readonly members: GroupMembers;
  /** Whether assigned member ids exist that were not used yet. */
  readonly hasPending: () => boolean;
}

/**
 * Rebalances of a group. In a rebalance, all members join, the leader assigns partitions, and all members get their
 * assignment.
 */
export class GroupRounds {
  state: 'empty' | 'preparing' | 'completing' | 'stable' = 'empty';
  generationId = 0;
  readonly #deps: GroupRoundsDeps;
  /** Members of this generation that have not sent SyncGroup yet. */
  readonly #unsynced = new Set<string>();
  #isFirst = false;
  #cancelRound: () => void = () => undefined;
  #cancelSyncs: () => void = () => undefined;
  /** The generation that another broker would load as the new coordinator. */
  #kept: { readonly generationId: number; readonly leaderId: string; readonly members: readonly Member[] } = {
    generationId: 0,
    leaderId: '',
    members: [],
  };

  constructor(deps: GroupRoundsDeps) {
    this.#deps = deps;
  }

  /** Starts a rebalance, unless one is in progress. */
  prepare(): void {
    const { members, initialDelayMs, after } = this.#deps;
    const before = this.state;
    if (before === 'completing') {
      this.#cancelSyncs();
      for (const member of members.all()) {
        member.sync?.({ errorCode: toErrorCode('REBALANCE_IN_PROGRESS'), assignment: noAssignment });
        member.sync = undefined;
        members.restartSession(member);
      }
    }
    this.state = 'preparing';
    if (before !== 'preparing') {
      this.#isFirst = before === 'empty';
      const ms = this.#isFirst ? initialDelayMs : this.#longestMs();
      this.#cancelRound = after(ms, () => this.#complete());
    }
    this.completeWhenAllJoined();
  }

  completeWhenAllJoined(): void {
    const { members, hasPending } = this.#deps;
    const waits = hasPending() || members.all().some(({ join }) => join === undefined);
    if (this.state === 'preparing' && !this.#isFirst && !waits) {
      this.#cancelRound();
      this.#complete();
    }
  }

  /** Handles the SyncGroup request of a member. */
  noteSync(member: Member): void {
    this.#unsynced.delete(member.memberId);
  }

  distribute(assignments: SyncRequest['assignments']): void {
    const { members } = this.#deps;
    this.state = 'stable';
    for (const member of members.all()) {
      const found = assignments.find(({ memberId }) => memberId === member.memberId);
      member.assignment = found?.assignment ?? noAssignment;
      if (member.sync !== undefined) {
        member.sync({ errorCode: 0, assignment: member.assignment });
        member.sync = undefined;
        members.restartSession(member);
      }
    }
    this.#keep();
  }

  #keep(): void {
    const { members } = this.#deps;
    this.#kept = {
      generationId: this.generationId,
      leaderId: members.leaderId,
      members: members.all().map((member) => ({ ...member })),
    };
  }

  load(): void {
    const { generationId, leaderId, members } = this.#kept;
    this.#cancelRound();
    this.#cancelSyncs();
    this.generationId = generationId;
    this.state = members.length === 0 ? 'empty' : 'stable';
    this.#deps.members.load(members, leaderId);
  }

  describe(member: Member): JoinAnswer {
    const { members } = this.#deps;
    const { memberId, protocol } = member;
    const { leaderId } = members;
    return {
      ...{ errorCode: 0, generationId: this.generationId, protocol, leaderId, memberId },
      members:
        memberId === leaderId
          ? members.all().map(({ metadata, ...each }) => ({ memberId: each.memberId, metadata }))
          : [],
    };
  }

  /** Completes the join phase. The group removes members that have not joined. */
  #complete(): void {
    const { members, after } = this.#deps;
    for (const member of members.all()) {
      if (member.join === undefined) {
        members.remove(member);
      }
    }
    this.generationId += 1;
    if (members.size === 0) {
      this.state = 'empty';
      this.#keep();
      return;
    }
    this.state = 'completing';
    this.#unsynced.clear();
    for (const { memberId } of members.all()) {
      this.#unsynced.add(memberId);
    }
    for (const member of members.all()) {
      const { join } = member;
      member.join = undefined;
      members.restartSession(member);
      join?.(this.describe(member));
    }
    this.#cancelSyncs = after(this.#longestMs(), () => this.#dropUnsynced());
  }

  #dropUnsynced(): void {
    const { members } = this.#deps;
    const missing = [...this.#unsynced]
      .map((id) => members.find(id))
      .filter((member) => member !== undefined);
    for (const member of missing) {
      members.remove(member);
    }
    if (missing.length > 0) {
      this.prepare();
    }
  }

  #longestMs(): number {
    return Math.max(0, ...this.#deps.members.all().map(({ rebalanceTimeoutMs }) => rebalanceTimeoutMs));
  }
}
