import type { Command } from '../../../../src/stores/redis/redis-client.ts';
import { askEach, event, type Seen, type Stories, texts } from './redis-story.ts';

const pipeline = (...keys: string[]): Command[] => [
  ['MULTI'],
  ...keys.map((key) => event(key, `of ${key}`)),
  ['EXEC'],
  ['WAITAOF', '1', '0', '500'],
];

/** Records, and what is said of them. */
export const recordStories: Stories = {
  'stores records and says that they are on disk': async (side) => {
    const asker = await side.open();
    return [
      ...(await asker.ask(event('a', '1'), ['WAITAOF', '1', '0', '500'])),
      ...(await asker.ask(...pipeline('a', 'b', 'c'))),
      ...(await askEach(asker, [
        texts('XLEN events'),
        texts('EXISTS events'),
        texts('EXISTS none'),
        texts('XRANGE events - + COUNT 2'),
        texts('XRANGE events (0-0 + COUNT 100'),
        texts('XRANGE none - +'),
        texts('PING'),
        texts('SELECT 0'),
        texts('CONFIG GET appendfsync'),
        texts('CONFIG GET no-appendfsync-on-rewrite'),
        texts('CONFIG GET proto-max-bulk-len'),
        texts('CONFIG GET none'),
        texts('XADD events * odd'),
        texts('EXEC'),
        texts('WAIT 0 100'),
        texts('WAIT 1 50'),
        texts('WAITAOF 1 1 50'),
        texts('WAITAOF 0 0 0'),
      ])),
    ];
  },
  'keeps what it has stored through kill -9': async (side) => {
    const before = await (await side.open()).ask(...pipeline('a', 'b'));
    await side.restart();
    const asker = await side.open();
    return [
      ...before,
      ...(await askEach(asker, [texts('XRANGE events - +'), texts('WAITAOF 1 0 100'), event('c', '3')])),
    ];
  },
  'refuses a whole transaction': async (side) => {
    const asker = await side.open();
    await asker.ask(['SET', 'text', 'x']);
    const seen: Seen = [];
    seen.push(...(await asker.ask(['MULTI'], event('a', '1'), ['XADD', 'text', '*', 'a', 'b'], ['EXEC'])));
    await side.set({ isMemoryFull: true });
    seen.push(...(await asker.ask(...pipeline('m'))), ...(await asker.ask(event('m', '1'))));
    await side.set({ isMemoryFull: false });
    await side.set({ minReplicas: 1 });
    seen.push(...(await asker.ask(...pipeline('r'))));
    await side.set({ minReplicas: 0 });
    await side.set({ denied: ['xadd'] });
    seen.push(...(await asker.ask(...pipeline('d'))));
    await side.set({ denied: ['waitaof'] });
    seen.push(...(await asker.ask(...pipeline('w'))));
    await side.set({ denied: [] });
    seen.push(
      ...(await asker.ask(texts('XLEN events'), texts('NOSUCH x'), ['SET', 'text', 'y'], event('a', '2'))),
    );
    return seen;
  },
  'asks for a password': async (side) => {
    const early = await side.open();
    const seen: Seen = [...(await early.ask(texts('AUTH x')))];
    await side.set({ password: 'right' });
    const asker = await side.open();
    seen.push(
      ...(await early.ask(texts('PING'))),
      ...(await askEach(
        asker,
        ['PING', 'MULTI', 'AUTH wrong', 'AUTH other right', 'AUTH right', 'PING', 'AUTH wrong', 'PING'].map(
          texts,
        ),
      )),
    );
    return seen;
  },
  'takes nothing as a replica, and frees who waits': async (side) => {
    const asker = await side.open();
    const seen: Seen = [...(await asker.ask(event('a', '1')))];
    const waiting = asker.ask(texts('WAITAOF 1 1 5000'));
    await side.setReplica(true);
    seen.push(...(await waiting));
    seen.push(
      ...(await asker.ask(...pipeline('r'))),
      ...(await asker.ask(event('r', '1'), texts('WAIT 1 10'))),
    );
    await side.setReplica(false);
    return [...seen, ...(await asker.ask(event('b', '2')))];
  },
  'counts a replica': async (side) => {
    await side.addReplica();
    const asker = await side.open();
    return [
      ...(await asker.ask(texts('WAITAOF 1 1 1000'))),
      ...(await asker.ask(
        event('a', '1'),
        texts('WAIT 1 2000'),
        texts('WAITAOF 1 1 4000'),
        texts('WAITAOF 1 2 20'),
      )),
    ];
  },
  'says that its file is switched off, and when it is on again': async (side) => {
    const asker = await side.open();
    const seen: Seen = [...(await asker.ask(...pipeline('a')))];
    await side.set({ appendOnly: false });
    seen.push(...(await asker.ask(...pipeline('b'))), ...(await asker.ask(texts('WAITAOF 0 0 10'))));
    await side.set({ appendOnly: true });
    seen.push(...(await asker.ask(event('c', '3'), texts('WAITAOF 1 0 5000'))));
    await side.restart();
    return [...seen, ...(await (await side.open()).ask(texts('XRANGE events - +')))];
  },
  'never says with appendfsync no that something is on disk': async (side) => {
    await side.set({ appendFsync: 'no' });
    return [...(await (await side.open()).ask(event('a', '1'), texts('WAITAOF 1 0 1500')))];
  },
  'ends a connection that breaks the protocol, with the reason': async (side) => {
    const seen: Seen = [];
    for (const bytes of ['*1\r\n$999999999\r\n', '*1\r\n:1\r\n']) {
      seen.push(...(await (await side.open()).send(bytes)));
    }
    return seen;
  },
};
