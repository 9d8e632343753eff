import { askEach, event, type Seen, type Stories, texts } from './redis-story.ts';

/** Members of a group. */
export const groupStories: Stories = {
  'gives the entries of a group': async (side) => {
    const asker = await side.open();
    const seen = await askEach(
      asker,
      [
        'XREADGROUP GROUP g one STREAMS events >',
        'XINFO GROUPS events',
        'XGROUP CREATE events g 0',
        'XGROUP CREATE events g 0 MKSTREAM',
        'XGROUP CREATE events g 0 MKSTREAM',
        'XINFO GROUPS events',
        'XREADGROUP GROUP g one COUNT 2 BLOCK 20 STREAMS events >',
        'XADD events * key a value 1',
        'XADD events * key b value 2',
        'XADD events * key c value 3',
        'XINFO GROUPS events',
        'XREADGROUP GROUP g one COUNT 2 STREAMS events >',
        'XREADGROUP GROUP g one COUNT 2 STREAMS events 0-0',
        'XREADGROUP GROUP g two COUNT 2 STREAMS events 0-0',
        'XREADGROUP GROUP g two COUNT 2 STREAMS events >',
        'XINFO GROUPS events',
        'XAUTOCLAIM events g two 100000 0-0 COUNT 500',
        'XAUTOCLAIM events g two 0 0-0 COUNT 2',
        'XREADGROUP GROUP g one COUNT 2 STREAMS events 0-0',
        'XINFO GROUPS events',
        'XACK events g 0-0',
        'XACK none g 0-0',
        'XGROUP DELCONSUMER events g two',
        'XINFO GROUPS events',
        'XGROUP DESTROY events g',
        'XGROUP DESTROY events g',
        'XREADGROUP GROUP g one STREAMS events >',
        'XAUTOCLAIM events g two 0 0-0 COUNT 2',
        'XPENDING events g - + 1',
      ].map(texts),
    );
    return seen;
  },
  'wakes a member that waits, and gives each entry to one': async (side) => {
    const [one, two, writer] = [await side.open(), await side.open(), await side.open()];
    await writer.ask(texts('XGROUP CREATE events g 0 MKSTREAM'));
    const first = one.ask(texts('XREADGROUP GROUP g one COUNT 5 BLOCK 5000 STREAMS events >'));
    // The first to wait is the first to be served.
    await writer.ask(texts('PING'));
    const second = two.ask(texts('XREADGROUP GROUP g two COUNT 5 BLOCK 300 STREAMS events >'));
    await writer.ask(texts('PING'));
    const seen: Seen = [...(await writer.ask(['MULTI'], event('a', '1'), event('b', '2'), ['EXEC']))];
    return [...seen, ...(await first), ...(await second)];
  },
};
