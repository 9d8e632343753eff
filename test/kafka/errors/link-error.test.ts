import { KafkaJSConnectionError } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { LinkError, toLinkError } from '../../../src/kafka/errors/link-error.ts';

describe('toLinkError', () => {
  it('finds the cause under what kafkajs wraps around it', () => {
    const root = new KafkaJSConnectionError('refused');
    const exhausted = new Error('retries exceeded', { cause: root });
    const wrapped = new Error('not retriable', { cause: exhausted });
    expect(toLinkError(wrapped)).toMatchObject({ reason: 'connection', message: 'refused', cause: wrapped });
  });

  it('leaves a link error as it is', () => {
    const error = new LinkError('timeout', 'too late');
    expect(toLinkError(error)).toBe(error);
  });

  it.each([new Error('odd'), 'odd'])('takes anything else as a protocol error', (odd) => {
    expect(toLinkError(odd)).toMatchObject({ reason: 'protocol', message: 'odd' });
  });
});
