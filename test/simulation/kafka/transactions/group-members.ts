import { toErrorCode } from './error-code.ts';
import {
  type JoinAnswer,
  type JoinRequest,
  noAssignment,
  refuseJoin,
  type SyncAnswer,
} from './group-messages.ts';

export interface Member {
  readonly memberId: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  readonly protocol: string;
  metadata: Buffer;
  assignment: Buffer;
  /** Responds to the JoinGroup request of the member. */
  join: ((answer: JoinAnswer) => void) | undefined;
  /** Responds to the SyncGroup request of the member. */
  sync: ((answer: SyncAnswer) => void) | undefined;
  cancelSession: () => void;
}

interface GroupMembersDeps {
  /** Starts a timer. @returns a function that cancels it */
  readonly after: (ms: number, run: () => void) => () => void;
  readonly onExpired: (member: Member) => void;
}

/** The members of a group and their sessions. */
export class GroupMembers {
  leaderId = '';
  readonly #deps: GroupMembersDeps;
  readonly #members = new Map<string, Member>();
  #lastId = 0;

  constructor(deps: GroupMembersDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#members.size;
  }

  all(): readonly Member[] {
    return [...this.#members.values()];
  }

  find(memberId: string): Member | undefined {
    return this.#members.get(memberId);
  }

  newId(prefix: string): string {
    this.#lastId += 1;
    return `${prefix}-${String(this.#lastId).padStart(8, '0')}`;
  }

  add(request: JoinRequest, memberId: string, join: (answer: JoinAnswer) => void): void {
    const { sessionTimeoutMs, rebalanceTimeoutMs, protocol, metadata } = request;
    this.#members.set(memberId, {
      ...{ memberId, sessionTimeoutMs, rebalanceTimeoutMs, protocol, metadata },
      ...{ assignment: noAssignment, join, sync: undefined, cancelSession: () => undefined },
    });
    this.leaderId = this.#members.has(this.leaderId) ? this.leaderId : memberId;
  }

  remove(member: Member): void {
    member.cancelSession();
    this.#members.delete(member.memberId);
    refuseWaiting(member, 'UNKNOWN_MEMBER_ID');
    if (member.memberId === this.leaderId) {
      this.leaderId = this.all()[0]?.memberId ?? '';
    }
  }

  /** Replaces the members after a different broker has loaded the group. Waiting members get an error. */
  load(members: readonly Member[], leaderId: string): void {
    for (const member of this.all()) {
      refuseWaiting(member, 'NOT_COORDINATOR');
      member.cancelSession();
    }
    this.#members.clear();
    this.leaderId = leaderId;
    for (const kept of members) {
      const member = { ...kept, join: undefined, sync: undefined };
      this.#members.set(member.memberId, member);
      this.restartSession(member);
    }
  }

  restartSession(member: Member): void {
    member.cancelSession();
    member.cancelSession = this.#deps.after(member.sessionTimeoutMs, () => {
      // A member that waits for a response counts as alive.
      if (member.join === undefined && member.sync === undefined) {
        this.#deps.onExpired(member);
      } else {
        this.restartSession(member);
      }
    });
  }
}

function refuseWaiting(member: Member, name: string): void {
  const errorCode = toErrorCode(name);
  member.join?.(refuseJoin(errorCode, member.memberId));
  member.sync?.({ errorCode, assignment: noAssignment });
  member.join = undefined;
  member.sync = undefined;
}
