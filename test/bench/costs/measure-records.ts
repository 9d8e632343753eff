import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { toJournalLine } from '../../../src/stores/journal/journal-line.ts';
import { EventFields } from '../../../src/webhook/event-fields.ts';
import { defaultKeyRulesText, type KeyRules, parseKeyRules } from '../../../src/webhook/key-rules.ts';
import { planRecords } from '../../../src/webhook/plan-records.ts';
import type { VerifiedBody } from '../../../src/webhook/verified-body.ts';
import { createQueue } from '../../support/queued-records.ts';

const fields = new EventFields(parseKeyRules(defaultKeyRulesText) as KeyRules);
const facts = {
  webhook: 'default',
  topics: { events: 'comapi.events', deadLetter: 'comapi.events.dead-letter' },
  commonHeaders: { 'received-at': new Date(0).toISOString(), webhook: 'default' },
};

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function usedBytes(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Bytes of a record of a body while it waits in a queue, as a Kafka sink has it, and of its line in journal or spool. */
export function measureRecord(elements: readonly string[], bodies: number): { queued: number; line: number } {
  const held: unknown[] = [];
  let line = 0;
  const queueBodies = (count: number) => {
    for (let done = 0; done < count; done += 1) {
      const body = Buffer.from(`[${elements.join(',')}]`) as VerifiedBody;
      const plan = planRecords(body, facts, fields);
      const records = [...plan.events, ...plan.deadLetters.map(({ record }) => record)];
      const queue = createQueue();
      const append = { settled: false };
      line = toJournalLine(records[0] as (typeof records)[number]).length;
      for (const [index, record] of records.entries()) {
        queue.push({ record, append: append as never, index, sizeBytes: 0, decided: false });
      }
      held.push(plan, queue);
    }
  };
  queueBodies(1);
  const before = usedBytes();
  queueBodies(bodies);
  const queued = (usedBytes() - before) / (bodies * elements.length);
  held.length = 0;
  return { queued, line };
}
