import { AssignerProtocol } from 'kafkajs';
import { expect, test } from 'vitest';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../../../src/stores/kafka/wire/consumer-protocol.ts';

const { MemberMetadata, MemberAssignment } = AssignerProtocol;
/** Partitions that a member owns: their count, followed by their numbers. */
const ownedTwoAndFive = Buffer.from([0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 5]);

test("a subscription is that of kafkajs's own encoder, with the owned partitions as its user data", () => {
  const encoded = encodeSubscription({ topic: 'events', owned: [2, 5] });
  expect(encoded).toEqual(
    MemberMetadata.encode({ version: 0, topics: ['events'], userData: ownedTwoAndFive }),
  );
  expect(decodeSubscription(encoded)).toEqual({ topic: 'events', owned: [2, 5] });
});

test('a subscription names the topics in which the group has offsets too, behind the one that is read', () => {
  const encoded = encodeSubscription({ topic: 'events', others: ['latest'], owned: [2, 5] });
  expect(encoded).toEqual(
    MemberMetadata.encode({ version: 0, topics: ['events', 'latest'], userData: ownedTwoAndFive }),
  );
  expect(decodeSubscription(encoded)).toEqual({ topic: 'events', owned: [2, 5] });
});

test('a subscription of another kind of consumer is none', () => {
  expect(
    decodeSubscription(MemberMetadata.encode({ version: 0, topics: ['events'], userData: Buffer.alloc(0) })),
  ).toBeUndefined();
  expect(decodeSubscription(Buffer.alloc(3))).toBeUndefined();
  expect(
    decodeSubscription(MemberMetadata.encode({ version: 0, topics: [], userData: ownedTwoAndFive })),
  ).toBeUndefined();
});

test("an assignment is that of kafkajs's own encoder", () => {
  const encoded = encodeAssignment('events', [0, 7]);
  expect(encoded).toEqual(
    MemberAssignment.encode({ version: 0, assignment: { events: [0, 7] }, userData: Buffer.alloc(0) }),
  );
  expect(decodeAssignment(encoded)).toEqual({ topic: 'events', partitions: [0, 7] });
});

test('a member without a partition gets an empty assignment', () => {
  expect(decodeAssignment(Buffer.alloc(0))).toEqual({ partitions: [] });
  expect(decodeAssignment(encodeAssignment('events', []))).toEqual({ topic: 'events', partitions: [] });
  const nothing = MemberAssignment.encode({ version: 0, assignment: {}, userData: Buffer.alloc(0) });
  expect(decodeAssignment(nothing)).toEqual({ partitions: [] });
});
