import { expect, test } from 'vitest';
import { createRecordTest } from '../../../src/tools/records/select-records.ts';
import { toPlaced } from './placed-record.ts';

const sent = toPlaced({ name: 'message.sent' });
const chat = toPlaced({
  name: 'chat.create',
  headers: { ce_specversion: '1.0', ce_type: 'chat.create', webhook: 'b' },
});
const letter = toPlaced({
  key: null,
  headers: { reason: 'no_key', webhook: 'b' },
  value: '{"name":"message.read"}',
});
const all = [sent, chat, letter];

test.each([
  [{}, all],
  [{ names: ['message.sent'] }, [sent]],
  [{ names: ['message.*'] }, [sent, letter]],
  [{ names: ['message.sent', 'chat.*'] }, [sent, chat]],
  [{ names: ['message'] }, []],
  [{ webhooks: ['b'] }, [chat, letter]],
  [{ names: ['message.*'], webhooks: ['b', 'c'] }, [letter]],
])('%j selects what it names', (conditions, wanted) => {
  expect(all.filter(createRecordTest(conditions))).toEqual(wanted);
});
