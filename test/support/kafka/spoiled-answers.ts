import { int32 } from './kafka-wire.ts';

/** An answer that has its length before it, and how it is spoiled. */
export type Spoil = (frame: Buffer) => Buffer;

const withLength = (length: number) => (frame: Buffer) => Buffer.concat([int32(length), frame.subarray(4)]);
const toFrame = (...parts: Buffer[]) => Buffer.concat([int32(Buffer.concat(parts).length), ...parts]);
const idOf = (frame: Buffer) => frame.subarray(4, 8);

/** What a peer can make of any answer. */
export const spoils: Readonly<Record<string, Spoil>> = {
  'a length of -1': withLength(-1),
  'a length of 0': withLength(0),
  'a length of 3': withLength(3),
  'a length of -2^31': withLength(-(2 ** 31)),
  'a length of 2^31 - 1': withLength(2 ** 31 - 1),
  'a length of 2^31 - 1, and megabytes': (frame) =>
    Buffer.concat([int32(2 ** 31 - 1), frame.subarray(4), Buffer.alloc(4 * 1024 * 1024)]),
  'the id of a question that was not asked': (frame) =>
    Buffer.concat([frame.subarray(0, 4), int32(2 ** 31 - 1), frame.subarray(8)]),
  'nothing but its id': (frame) => toFrame(idOf(frame)),
  'its first half, as if it was whole': (frame) =>
    toFrame(frame.subarray(4, 4 + Math.ceil((frame.length - 4) / 2))),
  'its first half, and no more': (frame) => frame.subarray(0, Math.ceil(frame.length / 2)),
  'itself, twice': (frame) => Buffer.concat([frame, frame]),
  ones: (frame) => toFrame(idOf(frame), Buffer.alloc(Math.max(64, frame.length), 0xff)),
  'counts of 2^31 - 1': (frame) =>
    toFrame(idOf(frame), Buffer.alloc(400, Buffer.from([0x7f, 0xff, 0xff, 0xff]))),
  'lengths of -2': (frame) =>
    toFrame(idOf(frame), Buffer.alloc(4), Buffer.alloc(400, Buffer.from([0xff, 0xfe]))),
  'a greeting of HTTP': () => Buffer.from('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'),
};
