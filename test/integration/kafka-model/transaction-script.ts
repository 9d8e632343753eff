import { setTimeout as delay } from 'node:timers/promises';
import type { Line } from './cluster-under-script.ts';
import { connectTo } from './connect-to.ts';
import { createLogQuestions } from './log-questions.ts';
import type { ScriptTarget } from './script-target.ts';
import { createTransactionQuestions } from './transaction-questions.ts';

/** Commits, aborts and fences transactions, and reads the result with both isolation levels. */
export async function runTransactionScript(target: ScriptTarget): Promise<readonly Line[]> {
  const connection = await connectTo(target.port);
  const lines: Line[] = [];
  const { beganAtMs, produce, fetch, listOffset, whenEnd, fetchWhileDeleted, epochEnd } = createLogQuestions({
    target,
    connection,
    lines,
  });
  const { init, add, addOffsets, end, commitOffset, fetchOffset, coordinator } = createTransactionQuestions({
    target,
    connection,
    lines,
  });

  await coordinator('group');
  await coordinator('transaction');
  const first = await init();
  await end('end of nothing', first, true);
  await produce('outside of a transaction', ['lost'], first);
  await add('add', first);
  await produce('two', ['a', 'b'], first);
  await produce('the same again', ['a', 'b'], first);
  await produce('a gap', ['z'], first, 5);
  await fetch('open, uncommitted', 0);
  await fetch('open, committed', 1);
  lines.push(['ends', ...(await listOffset(-1, 0)), ...(await listOffset(-1, 1))]);
  await end('abort', first, false);
  await whenEnd(3);
  await fetch('aborted, uncommitted', 0);
  await fetch('aborted, committed', 1);
  await add('add again', first);
  await produce('one', ['c'], first, 2);
  await end('commit', first, true);
  await whenEnd(5);
  await end('commit again', first, true);
  await end('abort what is committed', first, false);
  await fetch('committed', 1);
  await fetch('from the middle', 1, { fromOffset: 4 });
  lines.push([
    'by time',
    ...(await listOffset(beganAtMs, 1)),
    ...(await listOffset(9e12, 1)),
    ...(await listOffset(-2, 1)),
  ]);

  await add('before the fence', first);
  await produce('before the fence', ['d'], first, 3);
  const second = await init();
  lines.push(['epochs', second.producerId === first.producerId, second.producerEpoch > first.producerEpoch]);
  await whenEnd(7);
  await produce('fenced', ['e'], first, 4);
  await add('fenced add', first);
  await addOffsets('fenced offsets', first);
  await end('fenced end', first, true);
  await commitOffset('fenced commit of an offset', first);
  await add('of nobody', { producerId: 987_654_321n, producerEpoch: 0 });
  await fetch('after the fence', 1);

  await commitOffset('offset outside of a transaction', second);
  await addOffsets('add offsets', second);
  await commitOffset('offset', second);
  lines.push(['before the commit', ...(await fetchOffset())]);
  await end('commit of the offset', second, true);
  while ((await fetchOffset())[2] !== '7') {
    await delay(20);
  }
  lines.push(['after the commit', ...(await fetchOffset())]);

  await produce('plain', ['f']);
  await produce('too large', ['x'.repeat(5_000)]);
  await fetch('beyond the end', 1, { fromOffset: 99 });
  await fetch('of another epoch', 1, { leaderEpoch: 99 });
  await fetch('of no partition', 1, { partition: 9 });
  await epochEnd(0, 0);
  await epochEnd(9, 0);
  await epochEnd(0, 9);
  await fetchWhileDeleted('of a topic that is deleted meanwhile');
  connection.close();
  return lines;
}
