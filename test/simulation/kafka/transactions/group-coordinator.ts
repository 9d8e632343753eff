import { toErrorCode } from './error-code.ts';
import { GroupMembers, type Member } from './group-members.ts';
import {
  type JoinAnswer,
  type JoinRequest,
  type MemberRequest,
  noAssignment,
  refuseJoin,
  type SyncAnswer,
  type SyncRequest,
} from './group-messages.ts';
import { GroupRounds } from './group-rounds.ts';

export interface GroupCoordinatorDeps {
  /** Starts a timer. @returns a function that cancels it */
  readonly after: (ms: number, run: () => void) => () => void;
  /** Value of Kafka's `group.initial.rebalance.delay.ms`. */
  readonly initialDelayMs: number;
}

const sessionBounds = { min: 6_000, max: 1_800_000 } as const;

/**
 * The coordinator's state of one classic consumer group. The current rebalance delays the responses to JoinGroup and
 * SyncGroup.
 */
export class GroupCoordinator {
  readonly #after: GroupCoordinatorDeps['after'];
  /** Member ids that were assigned but not used yet, each with a function that cancels its expiry. */
  readonly #pending = new Map<string, () => void>();
  readonly #members: GroupMembers;
  readonly #rounds: GroupRounds;

  constructor({ after, initialDelayMs }: GroupCoordinatorDeps) {
    this.#after = after;
    this.#members = new GroupMembers({ after, onExpired: (member) => this.#remove(member) });
    const hasPending = () => this.#pending.size > 0;
    this.#rounds = new GroupRounds({ after, initialDelayMs, members: this.#members, hasPending });
  }

  get state(): string {
    return this.#rounds.state;
  }

  memberIds(): readonly string[] {
    return this.#members.all().map(({ memberId }) => memberId);
  }

  join(request: JoinRequest, answer: (answer: JoinAnswer) => void): void {
    const { memberId, sessionTimeoutMs } = request;
    const refuse = (name: string, id = memberId): void => answer(refuseJoin(toErrorCode(name), id));
    if (sessionTimeoutMs < sessionBounds.min || sessionTimeoutMs > sessionBounds.max) {
      refuse('INVALID_SESSION_TIMEOUT');
    } else if (this.#members.all().some(({ protocol }) => protocol !== request.protocol)) {
      refuse('INCONSISTENT_GROUP_PROTOCOL');
    } else if (memberId === '') {
      const id = this.#members.newId(request.clientId);
      this.#pending.set(
        id,
        this.#after(sessionTimeoutMs, () => this.#dropPending(id)),
      );
      refuse('MEMBER_ID_REQUIRED', id);
    } else if (this.#pending.has(memberId)) {
      this.#pending.get(memberId)?.();
      this.#pending.delete(memberId);
      this.#add(request, memberId, answer);
    } else {
      const member = this.#members.find(memberId);
      if (member === undefined) {
        refuse('UNKNOWN_MEMBER_ID');
      } else {
        this.#joinAgain(member, request, answer);
      }
    }
  }

  sync(request: SyncRequest, answer: (answer: SyncAnswer) => void): void {
    const { fault, member } = this.#findMember(request);
    const { state } = this.#rounds;
    const name = fault ?? (state === 'preparing' ? 'REBALANCE_IN_PROGRESS' : undefined);
    if (name !== undefined || member === undefined) {
      answer({ errorCode: toErrorCode(name ?? 'UNKNOWN_MEMBER_ID'), assignment: noAssignment });
      return;
    }
    this.#rounds.noteSync(member);
    if (state === 'stable') {
      this.#members.restartSession(member);
      answer({ errorCode: 0, assignment: member.assignment });
      return;
    }
    member.sync = answer;
    if (request.memberId === this.#members.leaderId) {
      this.#rounds.distribute(request.assignments);
    }
  }

  /** Handles a heartbeat. @returns the error code */
  heartbeat(request: MemberRequest): number {
    const { fault, member } = this.#findMember(request);
    if (fault !== undefined || member === undefined) {
      return toErrorCode(fault ?? 'UNKNOWN_MEMBER_ID');
    }
    this.#members.restartSession(member);
    return this.#rounds.state === 'preparing' ? toErrorCode('REBALANCE_IN_PROGRESS') : 0;
  }

  /**
   * Checks whether a client may commit offsets. Members of the current generation may, even during a rebalance. If the
   * group has no members, a client without a generation may too.
   *
   * @returns the name of the error
   */
  findCommitFault(request: MemberRequest): string | undefined {
    const { state } = this.#rounds;
    return state === 'empty' && request.generationId < 0
      ? undefined
      : (this.#findMember(request).fault ?? (state === 'completing' ? 'REBALANCE_IN_PROGRESS' : undefined));
  }

  /** Removes a member. @returns the error code */
  leave(memberId: string): number {
    if (this.#pending.has(memberId)) {
      this.#pending.get(memberId)?.();
      this.#dropPending(memberId);
      return 0;
    }
    const member = this.#members.find(memberId);
    if (member === undefined) {
      return toErrorCode('UNKNOWN_MEMBER_ID');
    }
    this.#remove(member);
    return 0;
  }

  /**
   * Moves the group to a different broker. Waiting members get an error, and the group continues with the last stored
   * generation.
   */
  move(): void {
    for (const cancel of this.#pending.values()) {
      cancel();
    }
    this.#pending.clear();
    this.#rounds.load();
  }

  #joinAgain(member: Member, request: JoinRequest, answer: (answer: JoinAnswer) => void): void {
    const { state } = this.#rounds;
    const isSame = member.metadata.equals(request.metadata);
    const isLeader = member.memberId === this.#members.leaderId;
    member.sessionTimeoutMs = request.sessionTimeoutMs;
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
    member.metadata = request.metadata;
    if (isSame && (state === 'completing' || (state === 'stable' && !isLeader))) {
      this.#members.restartSession(member);
      answer(this.#rounds.describe(member));
      return;
    }
    member.join = answer;
    this.#rounds.prepare();
  }

  #add(request: JoinRequest, memberId: string, answer: (answer: JoinAnswer) => void): void {
    this.#members.add(request, memberId, answer);
    this.#rounds.prepare();
  }

  #remove(member: Member): void {
    this.#members.remove(member);
    if (this.#rounds.state === 'preparing') {
      this.#rounds.completeWhenAllJoined();
    } else {
      this.#rounds.prepare();
    }
  }

  #dropPending(memberId: string): void {
    this.#pending.delete(memberId);
    this.#rounds.completeWhenAllJoined();
  }

  #findMember(request: MemberRequest): {
    readonly fault: string | undefined;
    readonly member: Member | undefined;
  } {
    const isOld = request.generationId !== this.#rounds.generationId;
    const member = this.#members.find(request.memberId);
    return {
      fault: member === undefined ? 'UNKNOWN_MEMBER_ID' : isOld ? 'ILLEGAL_GENERATION' : undefined,
      member,
    };
  }
}
