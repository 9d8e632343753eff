import { expect, test } from 'vitest';
import { inVirtualTime } from '../../../support/in-virtual-time.ts';
import { startStatesToErase } from '../../../support/kafka/states-to-erase.ts';

const [produce, listOffsets] = [0, 2];
const whenCompacted = expect.stringMatching(/^Kafka removes the erased states from latest/);
const whatStays = 'The events of these keys stay in events until retention removes them.';

test('a dry run says what an open transaction hides', () =>
  inVirtualTime(async () => {
    const { add, begin, run, notices, skipped, kept } = await startStatesToErase();
    add(0, ['k', 3]);
    begin(['k', 4]);
    expect(await run({ dryRun: true })).toEqual(['latest/0/0 3']);
    const isHidden = expect.stringMatching(
      /^Some records were not read\. latest\/0: .* at offset 1 is still open and hides .* from offset 1 to 2\. /,
    );
    expect(notices.splice(0)).toEqual([isHidden, whenCompacted, whatStays]);
    expect(await run({ dryRun: true, keys: new Set(['other']) })).toEqual([]);
    expect(notices).toEqual([isHidden, whatStays]);
    expect(skipped).toEqual([isHidden, isHidden]);
    expect(kept(0)).toEqual(['k 3']);
  }));

test.each([
  ['alone', [], ['latest/0/0 4'], ['k 4', 'k gone 4']],
  ['behind another', [['k', 3]], ['latest/0/0 3'], ['k 3', 'k 4', 'k gone 3', 'k gone 4']],
] as const)('a state that an open transaction holds is erased when that is over: %s', (...row) =>
  inVirtualTime(async () => {
    const [, before, found, left] = row;
    const { add, begin, end, run, heard, notices, kept } = await startStatesToErase();
    add(0, ...before);
    begin(['k', 4]);
    setTimeout(() => end('commit'), 10_000);
    expect(await run()).toEqual(found);
    expect(kept(0)).toEqual(left);
    expect(heard.slice(0, 2)).toEqual([`latest/0 ${before.length}`, 'latest/1 0']);
    expect(notices).toEqual([whenCompacted, whatStays]);
  }),
);

test('nothing of a transaction that was aborted is erased', () =>
  inVirtualTime(async () => {
    const { begin, end, run, notices, kept } = await startStatesToErase();
    begin(['k', 4]);
    setTimeout(() => end('abort'), 10_000);
    expect(await run()).toEqual([]);
    expect([kept(0), notices]).toEqual([[], [whatStays]]);
  }));

test('a state that comes before the tombstone, or behind it, gets another one', () =>
  inVirtualTime(async () => {
    const { add, run, failRequests, kept, heard } = await startStatesToErase();
    // A newer state arrives when the tombstone is produced, and another one when the end offset after the tombstone is
    // queried.
    const moments = [produce, listOffsets];
    let revision = 3;
    add(0, ['k', revision]);
    failRequests((apiKey) => {
      if (apiKey === moments[0]) {
        moments.shift();
        revision += 1;
        add(0, ['k', revision]);
      }
      return {};
    });
    expect(await run()).toEqual(['latest/0/0 3', 'latest/0/3 5']);
    expect(kept(0)).toEqual(['k 3', 'k 4', 'k gone 3', 'k 5', 'k gone 5']);
    expect(heard).toEqual(['latest/0 1', 'latest/1 0', '1', '0', '0']);
  }));

test('an entity that gets an event in each of five rounds is not over', () =>
  inVirtualTime(async () => {
    const { add, run, failRequests, notices, skipped, kept } = await startStatesToErase();
    let revision = 1;
    add(0, ['k', revision]);
    add(1, ['k', 1]);
    failRequests((apiKey) => {
      if (apiKey === produce && revision < 9) {
        revision += 1;
        add(0, ['k', revision]);
      }
      return {};
    });
    expect(await run()).toEqual(['latest/0/0 1', 'latest/1/0 1']);
    expect(kept(0)?.filter((text) => text.includes('gone'))).toEqual(
      [1, 2, 3, 4, 5].map((n) => `k gone ${n}`),
    );
    expect(notices).toEqual([
      '1 key may still have states, because new events arrived during each of the 5 attempts to erase them. Run the command again when no more events arrive.',
      whenCompacted,
      whatStays,
    ]);
    expect(skipped).toEqual(notices.slice(0, 1));
  }));

test('the signal stops it before the next partition', () =>
  inVirtualTime(async () => {
    const { add, run, kept, stop } = await startStatesToErase();
    add(0, ['k', 3]);
    add(1, ['k', 3]);
    await expect(run({}, () => stop.abort())).rejects.toMatchObject({ name: 'AbortError' });
    expect([kept(0), kept(1)]).toEqual([['k 3', 'k gone 3'], ['k 3']]);
  }));

test.each([
  ['alone', []],
  ['behind another', [['k', 3]]],
] as const)('the signal stops it while it waits for a transaction: %s', (_what, before) =>
  inVirtualTime(async () => {
    const { add, begin, run, stop } = await startStatesToErase();
    add(0, ...before);
    begin(['k', 4]);
    setTimeout(() => stop.abort(), 10_000);
    const startedAt = performance.now();
    await expect(run()).rejects.toMatchObject({ name: 'AbortError' });
    expect(performance.now() - startedAt).toBeCloseTo(10_000, -2);
  }),
);
