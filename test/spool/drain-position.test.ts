import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLogger } from '../../src/runtime/logger.ts';
import { DrainPosition } from '../../src/spool/drain-position.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { noteIn, segmentsIn } from '../support/test-spool.ts';

const [one, two, three] = ['0000000001.jsonl', '0000000002.jsonl', '0000000003.jsonl'] as const;

function createPosition() {
  const directory = temporaryDirectory();
  for (const name of [one, two, three]) {
    writeFileSync(join(directory, name), '');
  }
  const found = { segments: [{ name: one, size: 100 }], position: { segment: one, offset: 10 } };
  const position = new DrainPosition(found, { directory, logger: createLogger('silent') });
  return { directory, position };
}

test('follows the writer within a segment and to new ones', () => {
  const { position } = createPosition();
  position.follow({ segment: one, offset: 150 });
  expect([position.bytes, position.remainingBytes, position.segmentSize]).toEqual([150, 140, 150]);
  expect(position.nextSegment).toBeUndefined();
  position.follow({ segment: two, offset: 50 });
  expect([position.bytes, position.remainingBytes, position.segmentSize]).toEqual([200, 190, 150]);
  expect(position.nextSegment).toEqual({ segment: two, offset: 0 });
});

test('notes a new position and removes the segments before it', async () => {
  const { directory, position } = createPosition();
  position.follow({ segment: two, offset: 50 });
  position.follow({ segment: three, offset: 50 });
  await position.moveTo({ segment: three, offset: 20 });
  expect(noteIn(directory)).toEqual({ segment: three, offset: 20 });
  expect(segmentsIn(directory)).toEqual([three]);
  expect([position.bytes, position.remainingBytes]).toEqual([50, 30]);
});
