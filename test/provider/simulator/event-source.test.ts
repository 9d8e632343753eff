import { expect, test } from 'vitest';
import { blockSize } from '../../../src/provider/simulator/event-block.ts';
import { createEventSource, toDeliveryBody } from '../../../src/provider/simulator/event-source.ts';

test('gives the same event for the same seed and number, whatever was asked before', () => {
  const source = createEventSource(7);
  const first = source.at(3).json;
  for (let block = 0; block < 70; block += 1) {
    source.at(block * blockSize);
  }
  expect(source.at(3).json).toBe(first);
  expect(createEventSource(7).at(3).json).toBe(first);
  expect(createEventSource(8).at(3).json).not.toBe(first);
});

test('a delivery is an object, or an array when the registration has batches', () => {
  const source = createEventSource(7);
  const at = (slot: number) => JSON.parse(source.at(slot).json) as unknown;
  const parse = (body: Buffer) => JSON.parse(body.toString()) as unknown;
  expect(parse(toDeliveryBody(source, { first: 255, count: 1 }, false))).toEqual(at(255));
  expect(parse(toDeliveryBody(source, { first: 255, count: 1 }, true))).toEqual([at(255)]);
  expect(parse(toDeliveryBody(source, { first: 255, count: 2 }, true))).toEqual([at(255), at(256)]);
});
