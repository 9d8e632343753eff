import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  blockSize,
  createDeliveryBody,
  createEventBlock,
  EventSource,
  type SimulatedEvent,
  toSimulatedEventId,
} from '../../../../src/tools/provider/simulator/event-source.ts';
import { findEventKey } from '../../../../src/webhook/event-key.ts';
import { defaultKeyRulesText, type KeyRules, parseKeyRules } from '../../../../src/webhook/key-rules.ts';
import { eventSlice } from '../../../support/event-slice.ts';

describe('event source', () => {
  test('gives the same event for the same seed and number, whatever was asked before', () => {
    const source = new EventSource(7);
    const first = source.at(3).json;
    for (let block = 0; block < 70; block += 1) {
      source.at(block * blockSize);
    }
    expect(source.at(3).json).toBe(first);
    expect(new EventSource(7).at(3).json).toBe(first);
    expect(new EventSource(8).at(3).json).not.toBe(first);
  });

  test('no entity is in two blocks of a run, nor in two runs', () => {
    const rules = parseKeyRules(defaultKeyRulesText) as KeyRules;
    const keysOf = (seed: number, block: number) =>
      createEventBlock(seed, block).map(({ json }) => findEventKey(eventSlice(json, rules))?.key);
    // These two blocks draw overlapping random numbers.
    const others = new Set(keysOf(102, 253));
    expect(keysOf(101, 36).filter((key) => others.has(key))).toEqual([]);
  });

  test('a delivery is an object, or an array when the registration has batches', () => {
    const source = new EventSource(7);
    const at = (slot: number) => JSON.parse(source.at(slot).json) as unknown;
    const parse = (body: Buffer) => JSON.parse(body.toString()) as unknown;
    expect(parse(createDeliveryBody(source, [255], false))).toEqual(at(255));
    expect(parse(createDeliveryBody(source, [255], true))).toEqual([at(255)]);
    expect(parse(createDeliveryBody(source, [255, 256], true))).toEqual([at(255), at(256)]);
  });
});

describe('event block', () => {
  const rules = parseKeyRules(defaultKeyRulesText) as KeyRules;
  const blocks = Array.from({ length: 40 }, (_unused, number) => createEventBlock(7, number));
  const events = blocks.flat();
  const parse = (event: SimulatedEvent) => JSON.parse(event.json) as Record<string, unknown>;
  const keyOf = (event: SimulatedEvent) => findEventKey(eventSlice(event.json, rules));

  describe('createEventBlock', () => {
    test('makes whole envelopes, each with an entity that the default rules find', () => {
      for (const event of events) {
        expect(Object.keys(parse(event))).toEqual([
          'eventId',
          'accountId',
          'apiSpaceId',
          'name',
          'payload',
          'revision',
          'etag',
          'timestamp',
        ]);
        expect(keyOf(event)?.kind).toBe('entity');
      }
    });

    test('knows every kind of event that the provider documents', () => {
      const names = new Set(events.map(({ name }) => name));
      for (const family of [
        'message',
        'interaction',
        'profile',
        'chat',
        'conversation',
        'conversationMessage',
      ]) {
        expect([...names].some((name) => name.startsWith(`${family}.`))).toBe(true);
      }
      for (const state of ['sentRequest', 'sent', 'delivered', 'read', 'failed', 'expired', 'inbound']) {
        expect(names).toContain(`message.${state}`);
      }
    });

    test('counts revisions of an entity up from 1 without a gap, and sends some of them late', () => {
      const revisions = new Map<string, number[]>();
      for (const event of new Set(events)) {
        // The revisions of a conversation and of its messages share one sequence, under two keys.
        if (!event.name.startsWith('conversation')) {
          const key = keyOf(event)?.key ?? '';
          revisions.set(key, [...(revisions.get(key) ?? []), event.revision]);
        }
      }
      let late = 0;
      let broken = 0;
      for (const sequence of revisions.values()) {
        const sorted = sequence.toSorted((a, b) => a - b);
        late += sequence.join() === sorted.join() ? 0 : 1;
        broken += sorted.every((revision, index) => revision === index + 1) ? 0 : 1;
      }
      expect(late / revisions.size).toBeGreaterThan(0.1);
      // A repeated event replaces another event, which is then never sent.
      expect(broken / revisions.size).toBeLessThan(0.1);
    });

    test('repeats about one event in fifty, byte for byte', () => {
      const repeats = events.length - new Set(events.map(({ eventId }) => eventId)).size;
      expect(repeats / events.length).toBeGreaterThan(0.01);
      expect(repeats / events.length).toBeLessThan(0.03);
      expect(new Set(events.map(({ json }) => json)).size).toBe(events.length - repeats);
    });

    test('puts seed and slot into each identifier, so that any event can be recreated', () => {
      for (const [number, block] of blocks.entries()) {
        for (const { eventId, json, slot } of block) {
          expect(eventId).toBe(toSimulatedEventId({ seed: 7, slot }));
          expect(block[slot - number * blockSize]?.json).toBe(json);
        }
      }
    });

    test('are the same in every version: the seed of a report makes its events again', () => {
      const digest = createHash('sha256')
        .update(events.map(({ json }) => json).join('\n'))
        .digest('hex');
      expect(digest).toBe('a4de0b4ac97fbb87661a489e9a4498b16c8a4d73e94ea9cc12f9dd6feab052b9');
    });

    test('has texts and numbers that would not survive being parsed and written again', () => {
      const changed = events.filter((event) => JSON.stringify(parse(event)) !== event.json);
      expect(changed.length / events.length).toBeGreaterThan(0.5);
    });
  });
});

describe('simulated event id', () => {
  test.each([
    { seed: 0, slot: 0 },
    { seed: 2 ** 32 - 1, slot: 2 ** 40 },
  ])('%j is a UUID of version 4', (id) => {
    const text = toSimulatedEventId(id);
    expect(text).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
