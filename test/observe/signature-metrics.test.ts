import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createSignatureMetrics } from '../../src/observe/signature-metrics.ts';
import { createMetricFactory } from '../../src/runtime/metric-factory.ts';
import type { Outcome } from '../../src/webhook/delivery.ts';
import { headerFailureCauses, signatureCauses } from '../../src/webhook/explain/signature-cause.ts';
import { SignatureHeaderRefusal, SignatureMismatch } from '../../src/webhook/refusal.ts';
import type { KnownSecrets } from '../../src/webhook/secret.ts';

function setUp(webhooks: readonly string[] = ['one']) {
  const registry = new Registry();
  const metrics = createSignatureMetrics(createMetricFactory(registry, ''), webhooks);
  /** Reads all series of a metric, or only those that are not 0. Omits the name of the metric. */
  async function read(name: string, which: 'counted' | 'all' = 'counted') {
    const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith(`${name}{`));
    return lines
      .filter((line) => which === 'all' || !line.endsWith(' 0'))
      .map((line) => line.slice(name.length));
  }
  return {
    metrics,
    verifications: (which?: 'all') => read('signature_verifications_total', which),
    failures: (which?: 'all') => read('signature_failures_total', which),
  };
}

const toOutcome = (change: Partial<Outcome>): Outcome => ({
  code: 'ok',
  bodyBytes: 2,
  received: 1,
  stored: 1,
  spooled: 0,
  deadLettered: new Map(),
  ...change,
});
const provider = { webhook: 'one' };

test('every registration has its failures before the first delivery', async () => {
  const { verifications, failures } = setUp(['one', 'two']);
  expect((await failures('all')).toSorted()).toEqual(
    ['one', 'two']
      .flatMap((webhook) => signatureCauses.map((cause) => `{webhook="${webhook}",cause="${cause}"} 0`))
      .toSorted(),
  );
  expect(await verifications('all')).toEqual([]);
});

test.each(headerFailureCauses)(
  'a signature header of which %s is said counts at once, as no success',
  async (fault) => {
    const { metrics, verifications, failures } = setUp();
    const code = fault === 'missing' ? 'no_signature' : 'bad_signature';
    metrics.observe(toOutcome({ code, cause: new SignatureHeaderRefusal(fault) }), provider);
    expect(await verifications()).toEqual([]);
    expect(await failures()).toEqual([`{webhook="one",cause="${fault}"} 1`]);
  },
);

test('a signature of none of the secrets counts as a failure when it is known why', async () => {
  const { metrics, verifications, failures } = setUp();
  const cause = new SignatureMismatch({ body: Buffer.from('{}'), digest: Buffer.alloc(20) });
  metrics.observe(toOutcome({ code: 'bad_signature', cause }), provider);
  expect([await verifications(), await failures()]).toEqual([[], []]);
  metrics.observeCause('one', 'secret_removed');
  expect(await failures()).toEqual(['{webhook="one",cause="secret_removed"} 1']);
});

test('a good signature counts for its secret, also when the delivery is refused for another reason', async () => {
  const { metrics, verifications, failures } = setUp();
  metrics.observe(toOutcome({ secret: 'current' }), provider);
  metrics.observe(toOutcome({ secret: 'current', code: 'sink_unavailable' }), provider);
  metrics.observe(toOutcome({ secret: 'previous' }), provider);
  expect(await verifications()).toEqual([
    '{webhook="one",secret="current",result="ok"} 2',
    '{webhook="one",secret="previous",result="ok"} 1',
  ]);
  expect(await failures()).toEqual([]);
});

test('what this product sends is no proof that the provider uses a secret', async () => {
  const { metrics, verifications } = setUp();
  metrics.observe(toOutcome({ secret: 'current', own: 'test' }), provider);
  metrics.observe(toOutcome({ secret: 'current', own: 'test' }), provider);
  expect(await verifications()).toEqual(['{webhook="one",secret="current",result="own"} 2']);
});

test('a delivery that was refused before its signature was read counts nowhere', async () => {
  const { metrics, verifications, failures } = setUp();
  metrics.observe(toOutcome({ code: 'too_large', cause: new Error('over the limit') }), provider);
  expect([await verifications(), await failures()]).toEqual([[], []]);
});

test('a secret has a series as soon as it is there, and keeps what it has counted', async () => {
  const { metrics, verifications } = setUp();
  const toKnown = (...labels: readonly string[]): KnownSecrets => ({
    secrets: labels.map((label) => ({ label, value: 'never shown' })),
    problems: [],
  });
  let known = toKnown('current');
  metrics.watch({ current: () => [{ webhook: 'one', known }] });
  const series = () => verifications('all');
  expect(await series()).toEqual(['{webhook="one",secret="current",result="ok"} 0']);
  metrics.observe(toOutcome({ secret: 'current' }), provider);
  known = toKnown('current', 'next');
  expect(await series()).toEqual([
    '{webhook="one",secret="current",result="ok"} 1',
    '{webhook="one",secret="next",result="ok"} 0',
  ]);
});
