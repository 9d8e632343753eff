import { describe, expect, test } from 'vitest';
import { parseApplied, planEntry } from '../../../../src/stores/redis/filter/apply-entry.ts';
import type { StreamRecord } from '../../../../src/stores/redis/stream-entry.ts';

const context = {
  stream: 'events.1',
  group: 'g',
  topics: { events: 'events', latest: 'events.latest', deadLetter: 'dead' },
  partition: 1,
  windowMs: 1_000,
  nowMs: 0,
};

function entry(headers: Record<string, string>, changes: Partial<StreamRecord> = {}): StreamRecord {
  return { id: '5-1', key: 'k', value: Buffer.from('{"a":1}'), headers, ...changes };
}

const plan = (given: StreamRecord) => {
  const { keys, args, ...rest } = planEntry(given, context);
  return { ...rest, keys: keys.map(String), args: args.map(String) };
};

const event = { ce_specversion: '1.0', ce_type: 'message.read', ce_subject: 'k' };

describe('planEntry', () => {
  test('compares the state of an entity by its revision, without zeros in front', () => {
    expect(plan(entry({ ...event, revision: '007' }))).toEqual({
      keys: ['events.1', 'events.latest:k'],
      args: [
        ...['g', '5-1', 'state', '7', '1000', 'key', 'k', 'value', '{"a":1}'],
        ...['ce_specversion', '1.0', 'ce_type', 'message.read', 'ce_subject', 'k', 'revision', '007'],
      ],
      name: 'message.read',
    });
  });

  test('reads an event of another program from its bytes', () => {
    const value = Buffer.from('{"name":"message.sent","revision":12,"payload":{"id":"k"}}');
    expect(plan(entry({}, { value }))).toMatchObject({
      name: 'message.sent',
      args: expect.arrayContaining(['12']),
    });
  });

  test('an event without a revision becomes the state without a comparison', () => {
    expect(plan(entry(event)).args[2]).toBe('untracked');
  });

  test('an event that belongs to no entity is only acknowledged', () => {
    const { ce_subject: _none, ...alone } = event;
    expect(plan(entry(alone))).toEqual({
      keys: ['events.1', 'events.1'],
      args: ['g', '5-1', 'pass', '', '1000'],
      name: 'message.read',
    });
  });

  test('what this product has sent is only acknowledged', () => {
    expect(plan(entry({ ...event, ce_type: 'webhook.test', revision: '7' }))).toEqual({
      keys: ['events.1', 'events.1'],
      args: ['g', '5-1', 'own', '', '1000'],
      name: 'webhook.test',
    });
  });

  test.each([
    ['no_key', entry(event, { key: null })],
    ['revision_out_of_range', entry({ ...event, revision: '18446744073709551616' })],
    ['not_json', entry({}, { value: Buffer.from('x') })],
  ])('%s makes a dead letter with its place', (reason, given) => {
    const { keys, args, name } = plan(given);
    expect(keys).toEqual(['events.1', 'dead']);
    const fields = args.slice(5);
    expect(args[2]).toBe('dead');
    expect(fields.slice(fields.indexOf('reason'))).toEqual([
      ...['reason', reason, 'received-at', '1970-01-01T00:00:00.000Z'],
      ...['source-topic', 'events', 'source-partition', '1', 'source-offset', '5-1'],
    ]);
    expect(name).toBe('');
  });
});

describe('parseApplied', () => {
  test.each([
    ['forwarded', 'forwarded'],
    ['dead_lettered', 'dead_lettered'],
    ['done', undefined],
  ])('%j is %j', (reply, outcome) => {
    expect(parseApplied(reply)).toBe(outcome);
  });

  test.each([[null], ['OK'], [[]], [['forwarded']]])('%j is no answer of the script', (reply) => {
    expect(() => parseApplied(reply)).toThrow('an unexpected answer');
  });
});
