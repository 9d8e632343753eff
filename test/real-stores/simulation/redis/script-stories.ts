import { applyScript } from '../../../../src/stores/redis/filter/apply-entry.ts';
import type { Command } from '../../../../src/stores/redis/redis-client.ts';
import type { Asker } from './redis-side.ts';
import { askEach, event, type Seen, type Stories, texts } from './redis-story.ts';

let lastId = '';
/** The script that the filter sends, for the last entry that was read. */
const apply = (mode: string, target: string, revision: string, ...fields: string[]): Command[] => [
  ['SCRIPT', 'LOAD', applyScript],
  ['EVAL', applyScript, '2', 'events', target, 'g', lastId, mode, revision, '100000', ...fields],
];

async function readOne(asker: Asker, consumer = 'one'): Promise<Seen> {
  const answers = await asker.ask(texts(`XREADGROUP GROUP g ${consumer} COUNT 1 STREAMS events >`));
  const [[, [[id]]]] = answers[0] as unknown as [[unknown, [[Buffer]]]];
  lastId = String(id);
  return [...answers];
}

/** The scripts of the filter. */
export const scriptStories: Stories = {
  'applies entries as the script of the filter says': async (side) => {
    const asker = await side.open();
    const seen = await askEach(asker, [texts('XGROUP CREATE events g 0 MKSTREAM'), event('a', '1')]);
    const fields = (value: string) => ['key', 'a', 'value', value];
    seen.push(...(await asker.ask(['EVALSHA', '0'.repeat(40), '0'])));
    for (const [mode, revision] of [
      ['state', '7'],
      ['state', '7'],
      ['state', '6'],
      ['state', '10'],
      ['untracked', ''],
      ['state', '9'],
      ['state', '18446744073709551615'],
      ['state', '18446744073709551614'],
      ['dead', ''],
      ['pass', ''],
    ] as const) {
      await asker.ask(event('a', revision));
      seen.push(...(await readOne(asker)));
      const target = mode === 'dead' ? 'dead' : mode === 'pass' ? 'events' : 'latest:a';
      seen.push(...(await asker.ask(...apply(mode, target, revision, ...fields(`${mode} ${revision}`)))));
      seen.push(...(await asker.ask(...apply(mode, target, revision, ...fields('again')))).slice(1));
      seen.push(
        ...(await asker.ask(texts('HGETALL latest:a'), texts('HGET latest:a revision'), texts('XLEN dead'))),
      );
    }
    return seen;
  },
  'stops the script of the filter half-way': async (side) => {
    const asker = await side.open();
    await askEach(asker, [
      texts('XGROUP CREATE events g 0 MKSTREAM'),
      ...'abcdef'.split('').map((key) => event(key, '1')),
    ]);
    await asker.ask(['SET', 'latest:a', 'a text']);
    const seen: Seen = await readOne(asker);
    const fields = ['key', 'a', 'value', '1'];
    const run = async () =>
      void seen.push(...(await asker.ask(...apply('state', 'latest:a', '1', ...fields))));
    await run();
    await asker.ask(texts('DEL latest:a'));
    for (const name of ['xack', 'hset', 'pexpire', 'evalsha']) {
      await side.set({ denied: [name] });
      await run();
      await side.set({ denied: [] });
      seen.push(...(await asker.ask(texts('HGETALL latest:a'))));
    }
    for (const setting of [{ isMemoryFull: true }, { minReplicas: 1 }] as const) {
      await readOne(asker);
      await side.set(setting);
      await run();
      await side.set({ isMemoryFull: false });
      await side.set({ minReplicas: 0 });
      seen.push(...(await asker.ask(texts('HGETALL latest:a'))));
    }
    await side.setReplica(true);
    await run();
    await side.setReplica(false);
    seen.push(...(await asker.ask(texts('XINFO GROUPS events'), texts('XGROUP DESTROY events g'))));
    await run();
    return seen;
  },
  'keeps groups and states through a restart, and forgets scripts': async (side) => {
    const asker = await side.open();
    await askEach(asker, [texts('XGROUP CREATE events g 0 MKSTREAM'), event('a', '1'), event('b', '1')]);
    const seen: Seen = await readOne(asker);
    await asker.ask(...apply('state', 'latest:a', '1', 'key', 'a'));
    await readOne(asker, 'two');
    await side.restart();
    const later = await side.open();
    return [
      ...seen,
      ...(await askEach(
        later,
        [
          'EVALSHA 5b0625ddde9f6702665d89e03cb48896efb50264 0',
          'XINFO GROUPS events',
          'HGETALL latest:a',
          'XREADGROUP GROUP g two STREAMS events 0-0',
        ].map(texts),
      )),
    ];
  },
  'converts between Lua and answers': async (side) => {
    const asker = await side.open();
    await askEach(asker, [event('a', '1'), texts('XGROUP CREATE events g 0'), texts('HSET h f 1')]);
    const seen: Seen = [];
    for (const script of [
      'return {3.9, -3.9, true, false, 4}',
      "return {'a', nil, 'b'}",
      "return {KEYS[1], ARGV[1], #ARGV[1], unpack({'u', 'v'})}",
      "return {redis.call('HGET', 'h', 'none'), redis.call('HGET', 'h', 'f'), redis.call('XLEN', 'events')}",
      "return {redis.call('HGET', 'h', 'none') == false, type(redis.call('XPENDING', 'events', 'g', '-', '+', 1))}",
      "return redis.call('HGETALL', 'h')",
      "return redis.call('HGET', 'events', 'f')",
    ]) {
      seen.push(...(await asker.ask(['EVAL', script, '1', 'key', Buffer.from([0, 255, 195])])));
    }
    return seen;
  },
};
