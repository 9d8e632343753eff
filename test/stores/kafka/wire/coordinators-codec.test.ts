import { expect, test } from 'vitest';
import {
  decodeCoordinators,
  writeFindCoordinators,
} from '../../../../src/stores/kafka/wire/coordinators-codec.ts';
import { bytesOf } from '../../../support/bytes-of.ts';

test.each([
  ['group', '00'],
  ['transaction', '01'],
] as const)('the coordinators of each %s are asked for by name', (kind, code) => {
  const body = bytesOf((writer) => writeFindCoordinators(writer, kind, ['a', 'id']));
  // Tags of the header, kind, two names, tags.
  expect(body.toString('hex')).toBe(['00', code, '03', '0261', '036964', '00'].join(''));
});

/** As the protocol describes version 4. */
const answer = bytesOf((writer) => {
  writer.unsigned(0);
  writer.int32(250);
  writer.unsigned(3);
  writer.compactString('a');
  writer.int32(7);
  writer.compactString('host');
  writer.int32(9092);
  writer.int16(0);
  writer.unsigned(0);
  writer.unsigned(0);
  writer.compactString('id');
  writer.int32(-1);
  writer.compactString('');
  writer.int32(-1);
  writer.int16(15);
  writer.compactString('not now');
  writer.unsigned(0);
  writer.unsigned(0);
});

test('each coordinator has its address, or an error', () => {
  expect(decodeCoordinators(answer)).toEqual([
    { key: 'a', errorCode: 0, host: 'host', port: 9092 },
    { key: 'id', errorCode: 15, host: '', port: -1 },
  ]);
});

test('an answer that is cut off is refused', () => {
  expect(() => decodeCoordinators(answer.subarray(0, -3))).toThrow(RangeError);
});
