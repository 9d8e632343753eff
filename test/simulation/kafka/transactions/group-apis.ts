import type { ApiCall, ApiHandler } from './api-handler.ts';
import type { RequestReader } from './broker-wire.ts';
import type { CoordinatorKind } from './coordination.ts';
import { toErrorCode } from './error-code.ts';
import type { GroupCoordinator } from './group-coordinator.ts';

export const findCoordinatorApi: ApiHandler = {
  apiKey: 10,
  version: 2,
  handle({ cluster, request, fault, throttleMs, answer }) {
    const key = request.string();
    const kind: CoordinatorKind = request.int8() === 0 ? 'group' : 'transaction';
    const broker = cluster.coordination.brokerOf(kind, key);
    const name = fault ?? (broker === undefined ? 'COORDINATOR_NOT_AVAILABLE' : undefined);
    const { host, port } =
      broker === undefined || name !== undefined ? { host: '', port: -1 } : cluster.broker(broker);
    answer((writer) => {
      writer.int32(throttleMs);
      writer.int16(toErrorCode(name));
      writer.int16(-1); // error message: null
      writer.int32(name === undefined ? (broker ?? -1) : -1);
      writer.string(host);
      writer.int32(port);
    });
  },
};

/** Finds a group. @returns the group, or the name of the error that the broker returns */
function findGroup({ cluster, broker, fault }: ApiCall, groupId: string): GroupCoordinator | string {
  return (
    cluster.coordination.findFault('group', groupId, broker) ?? fault ?? cluster.coordination.group(groupId)
  );
}

/** Reads the member id and the generation. */
function readMember(request: RequestReader) {
  const member = {
    groupId: request.string(),
    generationId: request.int32(),
    memberId: request.string(),
  };
  request.string(); // group instance id: this project uses no static members
  return member;
}

export const joinGroupApi: ApiHandler = {
  apiKey: 11,
  version: 5,
  handle(call) {
    const { request, clientId } = call;
    const groupId = request.string();
    const sessionTimeoutMs = request.int32();
    const rebalanceTimeoutMs = request.int32();
    const memberId = request.string();
    request.string(); // group instance id
    request.string(); // protocol type
    const [first] = request.array(() => ({ protocol: request.string(), metadata: request.bytes() }));
    const { protocol, metadata } = first ?? { protocol: '', metadata: Buffer.alloc(0) };
    const group = findGroup(call, groupId);
    const answer: Parameters<GroupCoordinator['join']>[1] = (joined) =>
      call.answer((writer) => {
        writer.int32(call.throttleMs);
        writer.int16(joined.errorCode);
        writer.int32(joined.generationId);
        writer.string(joined.protocol);
        writer.string(joined.leaderId);
        writer.string(joined.memberId);
        writer.array(joined.members, (member) => {
          writer.string(member.memberId);
          writer.int16(-1); // group instance id: null
          writer.int32(member.metadata.length);
          writer.raw(member.metadata);
        });
      });
    if (typeof group === 'string') {
      const nobody = { generationId: -1, protocol: '', leaderId: '', memberId, members: [] };
      answer({ errorCode: toErrorCode(group), ...nobody });
      return;
    }
    const who = { memberId, clientId, sessionTimeoutMs, rebalanceTimeoutMs };
    group.join({ ...who, protocol, metadata: Buffer.from(metadata) }, answer);
  },
};

export const syncGroupApi: ApiHandler = {
  apiKey: 14,
  version: 3,
  handle(call) {
    const { request } = call;
    const { groupId, ...member } = readMember(request);
    const assignments = request.array(() => ({
      memberId: request.string(),
      assignment: Buffer.from(request.bytes()),
    }));
    const group = findGroup(call, groupId);
    const answer: Parameters<GroupCoordinator['sync']>[1] = ({ errorCode, assignment }) =>
      call.answer((writer) => {
        writer.int32(call.throttleMs);
        writer.int16(errorCode);
        writer.int32(assignment.length);
        writer.raw(assignment);
      });
    if (typeof group === 'string') {
      answer({ errorCode: toErrorCode(group), assignment: Buffer.alloc(0) });
    } else {
      group.sync({ ...member, assignments }, answer);
    }
  },
};

export const heartbeatApi: ApiHandler = {
  apiKey: 12,
  version: 3,
  handle(call) {
    const { request } = call;
    const { groupId, ...member } = readMember(request);
    const group = findGroup(call, groupId);
    const errorCode = typeof group === 'string' ? toErrorCode(group) : group.heartbeat(member);
    call.answer((writer) => {
      writer.int32(call.throttleMs);
      writer.int16(errorCode);
    });
  },
};

export const leaveGroupApi: ApiHandler = {
  apiKey: 13,
  version: 3,
  handle(call) {
    const { request } = call;
    const groupId = request.string();
    const members = request.array(() => {
      const memberId = request.string();
      request.string(); // group instance id
      return memberId;
    });
    const group = findGroup(call, groupId);
    const left =
      typeof group === 'string'
        ? []
        : members.map((memberId) => ({ memberId, errorCode: group.leave(memberId) }));
    call.answer((writer) => {
      writer.int32(call.throttleMs);
      writer.int16(typeof group === 'string' ? toErrorCode(group) : 0);
      writer.array(left, ({ memberId, errorCode }) => {
        writer.string(memberId);
        writer.int16(-1);
        writer.int16(errorCode);
      });
    });
  },
};
