import { int32 } from './kafka-wire.ts';

/** Alters a response, including its length prefix. */
export type Spoil = (frame: Buffer) => Buffer;

const withLength = (length: number) => (frame: Buffer) => Buffer.concat([int32(length), frame.subarray(4)]);

/** How faults alter responses: truncation, replacement by a failing relay, or a different protocol. */
export const spoils: Readonly<Record<string, Spoil>> = {
  'a length of -1': withLength(-1),
  'a length of 0': withLength(0),
  'a length of 3': withLength(3),
  'a length of 2^31 - 1': withLength(2 ** 31 - 1),
  'nothing but its id': (frame) => Buffer.concat([int32(4), frame.subarray(4, 8)]),
  'its first half, and no more': (frame) => frame.subarray(0, Math.ceil(frame.length / 2)),
  'a greeting of HTTP': () => Buffer.from('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'),
};
