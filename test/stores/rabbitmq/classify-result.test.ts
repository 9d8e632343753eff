import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { settleRequest } from '../../../src/stores/append/lane-request.ts';
import { PendingAppend } from '../../../src/stores/append/pending-appends.ts';
import { classifyResult, createRabbitMqMetrics } from '../../../src/stores/rabbitmq/classify-result.ts';
import type { PublishOutcome } from '../../../src/stores/rabbitmq/publish-batch.ts';
import { RabbitMqError } from '../../../src/stores/rabbitmq/rabbitmq-error.ts';
import { captureLog } from '../../support/captured-log.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createQueue, namesOf } from '../../support/queued-records.ts';

/**
 * Creates records that each belong to a separate append, and settles them with these outcomes.
 *
 * @param names names of the records, whose first letter is the key
 */
function settle(
  names: readonly string[],
  outcomes: PublishOutcome[],
  failure?: RabbitMqError,
  kind: 'queue' | 'exchange' = 'queue',
) {
  const queue = createQueue();
  const settled = names.map((name) => {
    const append = new PendingAppend(1, Number.POSITIVE_INFINITY, () => undefined);
    const record = { topic: 'q', key: name[0] ?? null, value: Buffer.from(name), headers: {} };
    queue.push({ record, append, index: 0, sizeBytes: 10, decided: false });
    return append.promise.then(
      (rejections) => rejections[0]?.reason ?? 'stored',
      (error: Error) => error.message,
    );
  });
  const batch = queue.take(100, 1_000);
  if (batch === undefined) {
    throw new Error('the queue gave no batch');
  }
  const report = { target: { kind, name: 'q' }, logger: captureLog().logger };
  const outcome = classifyResult(batch, { outcomes, failure }, report);
  const reason = outcome.failure;
  const metrics = createRabbitMqMetrics(new Registry());
  settleRequest({ batches: [batch], startedAt: 0 }, outcome, {
    ...{ store: { label: 'q' }, clock: createFakeClock(), metrics },
  });
  return {
    queue,
    reason,
    again: () => namesOf(queue.take(100, 1_000)),
    outcomes: () =>
      Promise.all(settled.map((each) => Promise.race([each, Promise.resolve().then(() => 'waits')]))),
  };
}

const cut = new RabbitMqError('connection', 'the connection ended');

describe('classifyResult', () => {
  test('takes as stored what is, and sends the rest again', async () => {
    const { outcomes, again, reason } = settle(['a1', 'b1', 'c1'], ['stored', 'unknown', 'stored'], cut);
    expect(await outcomes()).toEqual(['stored', 'waits', 'stored']);
    expect(again()).toEqual(['b1']);
    expect(reason).toBe('connection');
  });

  test('sends what follows with the same key again, so that the last of a key comes last', async () => {
    const names = ['a1', 'a2', 'b1', 'a3'];
    const { outcomes, again } = settle(names, ['stored', 'nacked', 'stored', 'stored']);
    expect(await outcomes()).toEqual(['stored', 'waits', 'stored', 'waits']);
    expect(again()).toEqual(['a2', 'a3']);
  });

  test('names a refusal, and forgets it when records are stored', () => {
    const refused = settle(['a1'], ['nacked']);
    expect([refused.reason, refused.queue.problem]).toEqual([
      undefined,
      expect.stringContaining('rejects messages'),
    ]);
    expect(settle(['a1'], ['stored']).queue.problem).toBeUndefined();
    expect(settle(['a1'], ['unknown'], cut).queue.problem).toBeUndefined();
  });

  test('refuses at once what the user may not write', async () => {
    const denied = new RabbitMqError('authentication', 'ACCESS_REFUSED');
    const { outcomes, queue, reason } = settle(['a1'], ['unknown'], denied);
    expect(await outcomes()).toEqual([expect.stringContaining('ACCESS_REFUSED')]);
    expect([queue.circuit.state(), reason]).toEqual(['open', 'authentication']);
  });

  test('rejects alone what AMQP cannot represent', async () => {
    const { outcomes, again } = settle(['a1', 'a2'], ['stored', 'not_a_message']);
    expect(await outcomes()).toEqual(['stored', 'rejected_by_broker']);
    expect(again()).toBeUndefined();
  });

  test('searches for the message that is too large, because the server closes the channel without naming it', async () => {
    const text = 'PRECONDITION_FAILED - message size 744 is larger than configured max size 614';
    const tooLarge = new RabbitMqError('protocol', text);
    const several = settle(['a1', 'b1', 'c1', 'd1'], ['stored', 'unknown', 'unknown', 'unknown'], tooLarge);
    expect(await several.outcomes()).toEqual(['stored', 'waits', 'waits', 'waits']);
    expect(several.again()).toEqual(['b1', 'c1']);
    expect(await settle(['a1'], ['unknown'], tooLarge).outcomes()).toEqual(['too_large']);
  });

  test('refuses alone what an exchange routes nowhere, and sends again what a queue gave back', async () => {
    const ofExchange = settle(['a1', 'b1'], ['returned', 'stored'], undefined, 'exchange');
    expect(await ofExchange.outcomes()).toEqual([
      expect.stringContaining('cannot route a record to a queue'),
      'stored',
    ]);
    expect(ofExchange.again()).toBeUndefined();
    expect(settle(['a1'], ['returned']).again()).toEqual(['a1']);
  });
});
