import { KafkaJSConnectionError } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { ConnectionError, toConnectionError } from '../../../src/kafka/errors/connection-error.ts';

describe('toConnectionError', () => {
  it('finds the cause under what kafkajs wraps around it', () => {
    const root = new KafkaJSConnectionError('refused');
    const exhausted = new Error('retries exceeded', { cause: root });
    const wrapped = new Error('not retriable', { cause: exhausted });
    expect(toConnectionError(wrapped)).toMatchObject({
      reason: 'connection',
      message: 'refused',
      cause: wrapped,
    });
  });

  it('leaves a link error as it is', () => {
    const error = new ConnectionError('timeout', 'too late');
    expect(toConnectionError(error)).toBe(error);
  });

  it.each([new Error('odd'), 'odd'])('takes anything else as a protocol error', (odd) => {
    expect(toConnectionError(odd)).toMatchObject({ reason: 'protocol', message: 'odd' });
  });
});
