import { describe, expect, test } from 'vitest';
import { createTrouble, type TroubleTarget } from '../../../src/tools/drill/troubles.ts';
import { createMemorySink } from '../../support/memory-sink.ts';
import { startTestReceiver, testSecret } from '../../support/test-receiver.ts';

const staging: TroubleTarget = {
  release: 'staging',
  namespace: 'messaging',
  secretName: 'comapi-webhook',
  secret: testSecret,
  signatureHeader: 'x-comapi-signature',
  stopStore: 'docker stop kafka',
  startStore: 'docker start kafka',
};

/** A shell that only writes down, and a repetition that is called by hand. */
function prepare() {
  const lines: string[] = [];
  let again: (() => Promise<void>) | undefined;
  return {
    lines,
    again: () => again?.(),
    isRepeated: () => again !== undefined,
    deps: {
      async shell(line: string) {
        lines.push(line);
        return line.includes(' get pods ') ? 'pod/staging-1\npod/staging-2\n' : '';
      },
      every(_ms: number, work: () => Promise<void>) {
        again = work;
        return () => {
          again = undefined;
        };
      },
    },
  };
}

describe('unusable-secret', () => {
  test('adds a key that no receiver can use, and removes it and no other', async () => {
    const { lines, deps } = prepare();
    const trouble = createTrouble('unusable-secret', staging, deps);
    await trouble.plant();
    await trouble.end();
    expect(lines).toEqual([
      `kubectl -n messaging patch secret comapi-webhook -p '{"stringData":{"drill-unusable":"short"}}'`,
      `kubectl -n messaging patch secret comapi-webhook -p '{"data":{"drill-unusable":null}}'`,
    ]);
    expect(trouble.undo).toBe(lines[1]);
  });
});

describe('store-away', () => {
  test('runs the lines that were given, and posts test events meanwhile', async () => {
    const sink = createMemorySink();
    const receiver = await startTestReceiver({ sink });
    const { lines, deps, again, isRepeated } = prepare();
    const trouble = createTrouble('store-away', { ...staging, url: webhookOf(receiver) }, deps);
    await trouble.plant();
    await again();
    expect(sink.records.map(({ headers }) => headers.ce_type)).toEqual(Array(8).fill('webhook.test'));
    await trouble.end();
    expect(lines).toEqual(['docker stop kafka', 'docker start kafka']);
    expect(isRepeated()).toBe(false);
    expect(trouble.undo).toBe('docker start kafka');
  });
});

describe('restarts', () => {
  test('ends the same pod’s process again and again, until the end', async () => {
    const { lines, deps, again, isRepeated } = prepare();
    const trouble = createTrouble('restarts', staging, deps);
    await trouble.plant();
    await again();
    const kill = "kubectl -n messaging exec pod/staging-1 -- node -e 'process.kill(1)'";
    expect(lines.slice(1)).toEqual([kill, kill]);
    await trouble.end();
    expect(isRepeated()).toBe(false);
  });
});

describe('what is posted', () => {
  test('forged signatures are refused, and store nothing', async () => {
    const sink = createMemorySink();
    const receiver = await startTestReceiver({ sink });
    const { deps, again } = prepare();
    const trouble = createTrouble('forged-signatures', { ...staging, url: webhookOf(receiver) }, deps);
    await trouble.plant();
    await again();
    expect(sink.records).toEqual([]);
    expect(
      await receiver.metric(
        'comapi_webhook_signature_verifications_total{webhook="default",secret="none",result="bad_signature"}',
      ),
    ).toBe(2);
  });

  test('dead letters are signed, and stored as such', async () => {
    const sink = createMemorySink();
    const receiver = await startTestReceiver({ sink });
    const trouble = createTrouble('dead-letters', { ...staging, url: webhookOf(receiver) }, prepare().deps);
    await trouble.plant();
    expect(sink.records.map(({ headers }) => headers.reason)).toEqual(['not_json']);
  });

  test('an answer that is not the expected one is an error', async () => {
    const receiver = await startTestReceiver({ sink: createMemorySink() });
    const url = new URL('/elsewhere', receiver.url);
    const trouble = createTrouble('forged-signatures', { ...staging, url }, prepare().deps);
    await expect(trouble.plant()).rejects.toThrow('answers 404 instead of 401');
  });
});

function webhookOf({ url }: { readonly url: string }): URL {
  return new URL(`${url}/webhook`);
}
