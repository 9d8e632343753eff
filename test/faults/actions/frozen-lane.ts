import { setTimeout as delay } from 'node:timers/promises';
import { withAdmin } from '../../support/kafka/topics.ts';
import { stalledMs } from '../traffic/stall-watch.ts';
import { isAcknowledged, type SentRequest } from '../traffic/traffic-log.ts';
import { javaPartition } from '../verdict/java-partition.ts';
import { type Fault, type FaultContext, pick } from './fault.ts';

const inTimeMs = 2_000;
const leastShare = 0.9;

/**
 * The network to one broker freezes while the brokers go on among themselves, and the events of partitions that others
 * lead are counted. (A broker whose process is frozen holds up all partitions until the others have put it out of
 * sync: with `acks=all` that is Kafka's to decide.)
 */
export const frozenLane: Fault = {
  name: 'one lane frozen, the others measured',
  async run(context, durationMs) {
    const { cluster, proxies, log, random } = context;
    const leaders = await leadersByPartition(context);
    const broker = pick(cluster.brokers, random);
    const proxy = proxies[cluster.brokers.indexOf(broker)];
    const from = Date.now();
    proxy?.freeze();
    await delay(durationMs);
    const to = Date.now();
    await proxy?.pass();
    concludeRates(context, {
      before: () => singlesOf(log.requests, from - 1_500, from - 100),
      during: () => singlesOf(log.requests, from, to - 500),
      isFrozen: (request) => leaders.get(partitionOf(request, context)) === broker.nodeId,
    });
  },
};

interface Measurement {
  before(): SentRequest[];
  during(): SentRequest[];
  isFrozen(request: SentRequest): boolean;
}

function concludeRates({ conclude, log, note, report }: FaultContext, measurement: Measurement): void {
  const { before, during, isFrozen } = measurement;
  const isInTime = (request: SentRequest) => {
    const { sentAt, latencyMs } = request;
    return isAcknowledged(request) && latencyMs - stalledMs(log, sentAt, sentAt + latencyMs) <= inTimeMs;
  };
  const shareInTime = (requests: readonly SentRequest[]) =>
    requests.filter(isInTime).length / requests.length;
  conclude(() => {
    const others = shareInTime(during().filter((request) => !isFrozen(request)));
    const calm = shareInTime(before().filter((request) => !isFrozen(request)));
    const frozen = shareInTime(during().filter(isFrozen));
    note(
      `led by others: ${percent(others)} taken within ${inTimeMs} ms while frozen, ${percent(calm)} before; ` +
        `led by the frozen one: ${percent(frozen)}`,
    );
    if (!(others >= leastShare * calm)) {
      report({
        kind: 'rate',
        text: `partitions led by others fell from ${percent(calm)} to ${percent(others)}`,
      });
    }
  });
}

async function leadersByPartition({ cluster, topic }: FaultContext): Promise<Map<number, number>> {
  const { topics } = await withAdmin(cluster.internalBootstrap, (admin) =>
    admin.fetchTopicMetadata({ topics: [topic] }),
  );
  return new Map(topics[0]?.partitions.map(({ partitionId, leader }) => [partitionId, leader]));
}

function partitionOf(request: SentRequest, { partitionCount }: FaultContext): number {
  return javaPartition(Buffer.from(request.events[0]?.key ?? ''), partitionCount);
}

function singlesOf(requests: readonly SentRequest[], from: number, to: number): SentRequest[] {
  return requests.filter(({ kind, sentAt }) => kind === 'single' && sentAt >= from && sentAt <= to);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
