import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { FilterTopics } from '../../src/filter/filter-store.ts';
import { FilterTopicsCheck } from '../../src/filter/filter-topics-check.ts';
import { captureLog } from '../support/captured-log.ts';
import { inVirtualTime } from '../support/in-virtual-time.ts';

const good: FilterTopics = {
  events: { topic: 'events', partitionCount: 3 },
  latest: { topic: 'latest', partitionCount: 3 },
  deadLetter: { topic: 'dead', partitionCount: 1 },
  findings: [],
};

function setUp(...answers: (FilterTopics | Error)[]) {
  const { logger, lines } = captureLog();
  const stopping = new AbortController();
  const problems: (string | undefined)[] = [];
  const gate = new FilterTopicsCheck({
    describeTopics: async () => {
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (answer instanceof Error || answer === undefined) {
        throw answer;
      }
      return answer;
    },
    signal: stopping.signal,
    problems: { observe: (_place, error) => problems.push((error as Error | undefined)?.message) },
    logger,
  });
  return { gate, lines, problems, stopping };
}

describe('topics gate', () => {
  it('logs each finding at its own level, and lets the filter run', () =>
    inVirtualTime(async () => {
      const { gate, lines } = setUp({
        ...good,
        findings: [
          { verdict: 'error', message: 'latest: not compacted' },
          { verdict: 'warning', message: 'dead: small' },
        ],
      });
      expect(gate.state()).toEqual({ ok: false, detail: 'Kafka has not responded yet' });
      await gate.open();
      expect(gate.state()).toEqual({ ok: true, detail: '' });
      expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
        ['error', 'latest: not compacted'],
        ['warn', 'dead: small'],
      ]);
    }));

  it('waits for missing topics, and says so once', () =>
    inVirtualTime(async () => {
      const missing = { ...good, latest: { topic: 'latest', partitionCount: 0 } };
      const { gate, lines } = setUp(missing, missing, good);
      let isOpen = false;
      const startedAt = performance.now();
      const opened = gate.open().finally(() => {
        isOpen = true;
      });
      await delay(5);
      expect(isOpen).toBe(false);
      expect(gate.state()).toEqual({ ok: false, detail: 'missing: latest' });
      await opened;
      expect(performance.now() - startedAt).toBeCloseTo(4_000, -2);
      expect(gate.state()).toEqual({ ok: true, detail: '' });
      expect(lines).toHaveLength(1);
    }));

  it('asks again when the topics cannot be described, and reports why', () =>
    inVirtualTime(async () => {
      const { gate, problems } = setUp(new Error('no permission to Describe'), good);
      const opened = gate.open();
      await delay(5);
      expect(gate.state()).toEqual({ ok: false, detail: 'Kafka has not responded yet' });
      await opened;
      expect(problems).toEqual(['no permission to Describe', undefined]);
    }));

  it('refuses topics that do not fit together, at the start and later', () =>
    inVirtualTime(async () => {
      const refusal = 'events has 3 partitions but latest has 4: both need the same number.';
      await expect(setUp({ ...good, refusal }).gate.open()).rejects.toThrow(refusal);
      const { gate } = setUp(good, good, { ...good, refusal });
      await gate.open();
      await expect(gate.watch()).rejects.toThrow(refusal);
    }));

  it('ends when the number of partitions changes', () =>
    inVirtualTime(async () => {
      const { gate } = setUp(good, { ...good, events: { topic: 'events', partitionCount: 6 } });
      await gate.open();
      const startedAt = performance.now();
      await expect(gate.watch()).rejects.toThrow('events had 3 partitions and now has 6.');
      expect(performance.now() - startedAt).toBeCloseTo(10_000, -2);
    }));

  it('stops asking when the filter stops', () =>
    inVirtualTime(async () => {
      const { gate, problems, stopping } = setUp(new Error('away'));
      const opened = expect(gate.open()).rejects.toThrow('aborted');
      await delay(5);
      stopping.abort();
      await opened;
      const asked = problems.length;
      await delay(5_000);
      expect(problems).toHaveLength(asked);
    }));
});
