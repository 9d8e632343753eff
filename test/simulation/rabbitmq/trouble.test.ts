import { expect, test } from 'vitest';
import { type Line, meddle } from './trouble.ts';

test.each([
  ['BasicReturn', ['bytes']],
  ['BasicAck', []],
])('of a lost %s the client hears %j', (name, heard) => {
  const written: string[] = [];
  const line = { write: (...bytes: readonly Buffer[]) => void written.push(...bytes.map(String)) };
  meddle('lost', { name, channel: 1, bytes: Buffer.from('bytes') }, line as unknown as Line);
  expect(written).toEqual(heard);
});
