import type { SinkRecord } from '../../src/ports/sink.ts';
import { EventSource } from '../../src/tools/provider/simulator/event-source.ts';
import { createSeededRandom } from '../../src/tools/provider/simulator/seeded-random.ts';
import { toEventRecord } from './append-records.ts';
import type { MessageLedger } from './message-ledger.ts';

const openNames = new Set(['message.sentRequest', 'message.sent']);

/**
 * Generates simulated events. The provider's ledger contains all of them, except the events of some messages. The store
 * lacks the last event of 5 % of messages, all but the first event of 1 % of messages, all events of one period, and a
 * random 1 % of all other events.
 *
 * @returns the stored events, the number of messages with at least one stored event, and the expected result of
 * comparing each message whose last stored state is not final
 */
export function withholdEvents(
  ledger: MessageLedger,
  { seed, events: count, topic }: { readonly seed: number; readonly events: number; readonly topic: string },
) {
  const source = new EventSource(seed);
  const random = createSeededRandom(seed);
  const lives = new Map<string, { name: string; revision: number; slot: number; json: string }[]>();
  for (let slot = 0; slot < count; slot += 1) {
    const event = source.at(slot);
    ledger.recordSimulated(event);
    const { payload } = JSON.parse(event.json);
    const key = payload.messageId ?? payload.profileId ?? payload.conversationId ?? payload.chatId;
    const life = lives.get(key) ?? [];
    lives.set(key, life);
    life.push({ name: event.name, revision: event.revision, slot, json: event.json });
  }
  const isLost = (slot: number) => slot > count * 0.4 && slot < count * 0.42;
  const expected = { missing: [] as string[], unknown: [] as string[], agrees: [] as string[] };
  const stored: { slot: number; record: SinkRecord }[] = [];
  let messages = 0;
  for (const [key, life] of lives) {
    const revisions = life.map(({ revision }) => revision);
    const [first, last] = [Math.min(...revisions), Math.max(...revisions)];
    const [lacksLast, hasFirstAlone] = [random() < 0.05, random() < 0.01];
    const kept = life.filter(
      ({ slot, revision }) =>
        !isLost(slot) &&
        !(lacksLast && revision === last) &&
        !(hasFirstAlone && revision !== first) &&
        random() >= 0.01,
    );
    stored.push(
      ...kept.map(({ slot, name, revision, json }) => ({
        ...{ slot, record: { ...toEventRecord(key, revision, name, { topic }), value: Buffer.from(json) } },
      })),
    );
    const states = kept.filter(({ name }) => name.startsWith('message.') && name !== 'message.inbound');
    const lastState = states.toSorted((a, b) => a.revision - b.revision).at(-1);
    messages += lastState === undefined ? 0 : 1;
    if (lastState !== undefined && openNames.has(lastState.name)) {
      if (random() < 0.02) {
        ledger.messages.delete(key);
      }
      const status = ledger.messages.get(key)?.status;
      const storedStatus = lastState.name === 'message.sent' ? 'sent' : 'processing';
      expected[status === undefined ? 'unknown' : status === storedStatus ? 'agrees' : 'missing'].push(key);
    }
  }
  const records = stored.toSorted((a, b) => a.slot - b.slot).map(({ record }) => record);
  return { records, messages, expected };
}
