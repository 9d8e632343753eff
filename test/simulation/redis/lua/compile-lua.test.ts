import { expect, test } from 'vitest';
import { CommandError, noList, ok } from '../answer.ts';
import { type CallCommand, compileLua } from './compile-lua.ts';

const runLua = (text: string, keys: string[], args: string[], call: CallCommand) =>
  compileLua(text)(keys, args, call);

const never = () => {
  throw new Error('no command is expected');
};

test.each([
  ['return 3.9', 3],
  ["return 'a'", 'a'],
  ['return true', 1],
  ['return false', null],
  ['return nil', null],
  ["return {unpack({'a', 'b'})}", ['a', 'b']],
  ["return {1, 'b', nil, 4}", [1, 'b']],
  ['return {KEYS[1], ARGV[2], #ARGV[1]}', ['key', '\0ÿ', 1]],
])('answers %s as Redis does', (script, answer) => {
  expect(runLua(script, ['key'], ['é', '\0ÿ'], never)).toEqual(answer);
});

test('gives a command its words, and the script its answer', () => {
  const seen: (readonly string[])[] = [];
  const answers = [5, 'text', null, noList, ['a', ['b']], ok];
  const script = `
    local seen = {}
    for _ = 1, 4 do seen[#seen + 1] = tostring(redis.call('GET', 1)) end
    local list = redis.call('LIST')
    return {seen, list, redis.call('PING').ok}`;
  expect(
    runLua(script, [], [], (words) => {
      seen.push(words);
      return answers[seen.length - 1] ?? null;
    }),
  ).toEqual([['5', 'text', 'false', 'false'], ['a', ['b']], 'OK']);
  expect(seen[0]).toEqual(['GET', '1']);
});

test('ends with what a command was refused for', () => {
  const refusal = new CommandError('WRONGTYPE Operation');
  expect(() => runLua("redis.call('GET') return 1", [], [], () => refusal)).toThrow(refusal);
});

test('a script that does not run is an error', () => {
  expect(() => runLua('return nothing.of', [], [], never)).toThrow(/^ERR Error running script: .*nothing/);
  expect(() => compileLua('return return')).toThrow(CommandError);
});

test('runs again after an error', () => {
  const run = compileLua("return redis.call('GET', KEYS[1])");
  expect(() => run(['a'], [], () => new CommandError('OOM'))).toThrow('OOM');
  expect(run(['b'], [], ([, key = '']) => key)).toBe('b');
});
