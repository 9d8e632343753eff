import { expect, test } from 'vitest';
import { MessageLedger } from '../../../../src/tools/provider/simulator/message-ledger.ts';

const event = (name: string, atMs: number) => ({ messageId: 'm', name, channel: 'sms', atMs });

test('a message has its furthest state, and the time at which that came first, in whatever order it is told', () => {
  const ledger = new MessageLedger();
  const stateAfter = (name: string, atMs: number) => {
    ledger.record(event(name, atMs));
    return ledger.messages.get('m');
  };
  expect(stateAfter('message.sentRequest', 1)).toEqual({ status: 'processing', updatedMs: 1 });
  expect(stateAfter('message.delivered', 3)).toEqual({ status: 'delivered', updatedMs: 3 });
  expect(stateAfter('message.sent', 2)).toEqual({ status: 'delivered', updatedMs: 3 });
  expect(stateAfter('message.delivered', 4)).toEqual({ status: 'delivered', updatedMs: 3 });
  expect(stateAfter('message.read', 5)).toEqual({ status: 'read', updatedMs: 5 });
});

test('what is no state of a message leaves none', () => {
  const ledger = new MessageLedger();
  ledger.record(event('message.inbound', 1));
  expect(ledger.messages.size).toBe(0);
});
