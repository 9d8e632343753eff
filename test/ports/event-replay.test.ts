import { expect, test } from 'vitest';
import { encodeRun, parseRun, requireOwner } from '../../src/ports/event-replay.ts';

const remembered = {
  owner: 'a',
  run: { options: '--since 1', startedAtMs: 5, sinceMs: 1, untilMs: 4 },
  partCount: 2,
  parts: new Map([['0', { after: '', to: '9' }]]),
};
const encode = (change: (fields: Record<string, unknown>) => void) => {
  const fields = JSON.parse(encodeRun(remembered).slice('events:'.length)) as Record<string, unknown>;
  change(fields);
  return `events:${JSON.stringify(fields)}`;
};

test('a run that was remembered comes back', () => {
  expect(encodeRun(remembered)).toMatch(/^events:\{/);
  expect(parseRun(encodeRun(remembered))).toEqual(remembered);
});

test.each([
  ['another prefix', 'done:1.1'],
  ['no JSON', 'events:{'],
  ['nothing in it', 'events:{}'],
  ['no options', encode((fields) => Object.assign(fields, { run: { ...remembered.run, options: 1 } }))],
  ['no start', encode((fields) => Object.assign(fields, { run: { ...remembered.run, startedAtMs: null } }))],
  ['no begin', encode((fields) => Object.assign(fields, { run: { ...remembered.run, sinceMs: '1' } }))],
  ['a part without an end', encode((fields) => Object.assign(fields, { parts: { 0: { after: '' } } }))],
  ['a part without a place', encode((fields) => Object.assign(fields, { parts: { 0: { to: '9' } } }))],
])('a text with %s is no run, and nobody owns it', (_what, text) => {
  expect(parseRun(text)).toBeUndefined();
  expect(() => requireOwner(text, 'a')).toThrow('another replay has taken this run over, or has ended it');
});

test('a run belongs to the process that began it, until another one does', () => {
  expect(() => requireOwner(encodeRun(remembered), 'a')).not.toThrow();
  expect(() => requireOwner(encodeRun(remembered), 'b')).toThrow('has taken this run over');
});
