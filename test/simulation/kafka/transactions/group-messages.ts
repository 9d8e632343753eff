export interface JoinRequest {
  readonly memberId: string;
  readonly clientId: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocol: string;
  readonly metadata: Buffer;
}

export interface JoinAnswer {
  readonly errorCode: number;
  readonly generationId: number;
  readonly protocol: string;
  readonly leaderId: string;
  readonly memberId: string;
  /** Only present in the response to the group leader. */
  readonly members: readonly { readonly memberId: string; readonly metadata: Buffer }[];
}

export interface MemberRequest {
  readonly memberId: string;
  readonly generationId: number;
}

export interface SyncRequest extends MemberRequest {
  /** Only present in the request of the group leader. */
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[];
}

export interface SyncAnswer {
  readonly errorCode: number;
  readonly assignment: Buffer;
}

export const noAssignment = Buffer.alloc(0);

export function refuseJoin(errorCode: number, memberId: string): JoinAnswer {
  return { errorCode, generationId: -1, protocol: '', leaderId: '', memberId, members: [] };
}
