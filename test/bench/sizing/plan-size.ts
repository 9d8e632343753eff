/** What was measured of one event. */
export interface EventCost {
  /** CPU time of a receiver. */
  readonly cpuUs: number;
  /** Of its body, as it comes in. */
  readonly bodyBytes: number;
  /** In the log of a broker, and nearly as much on the way there. */
  readonly logBytes: number;
}

/** What is assumed of the cluster. */
export interface Assumptions {
  /** Cores of a pod that are used when all is well: the chart's `autoscaling.targetCPUAverageValue`. */
  readonly coresAPod: number;
  readonly replicationFactor: number;
  readonly retentionDays: number;
  /** MB that a broker writes in a second, replicas included. */
  readonly brokerMbPerSecond: number;
  /** MB in a second that a partition should have at most: what one consumer takes. */
  readonly partitionMbPerSecond: number;
}

export interface Size {
  readonly cores: number;
  readonly pods: number;
  readonly partitions: number;
  readonly brokers: number;
  /** MB/s of bodies to the pods. */
  readonly inMbPerSecond: number;
  /** MB/s from the pods to the leaders. */
  readonly toLeadersMbPerSecond: number;
  /** MB/s that all brokers write together. */
  readonly writtenMbPerSecond: number;
  /** TB on all brokers together, within the retention. */
  readonly diskTb: number;
}

/** As many as the chart has: one may be missing. */
const leastPods = 2;
/** As many as the chart makes by default. */
const leastPartitions = 12;
const secondsADay = 86_400;

/** Arithmetic: what so many events a second need. One pod and one broker more than that, for the one that is missing. */
export function planSize(eventsPerSecond: number, cost: EventCost, assumed: Assumptions): Size {
  const toMb = (bytes: number) => (eventsPerSecond * bytes) / 1e6;
  const cores = (eventsPerSecond * cost.cpuUs) / 1e6;
  const toLeadersMbPerSecond = toMb(cost.logBytes);
  const writtenMbPerSecond = toLeadersMbPerSecond * assumed.replicationFactor;
  return {
    cores,
    pods: Math.max(leastPods, Math.ceil(cores / assumed.coresAPod) + 1),
    partitions: Math.max(leastPartitions, Math.ceil(toLeadersMbPerSecond / assumed.partitionMbPerSecond)),
    brokers: Math.max(
      assumed.replicationFactor,
      Math.ceil(writtenMbPerSecond / assumed.brokerMbPerSecond) + 1,
    ),
    inMbPerSecond: toMb(cost.bodyBytes),
    toLeadersMbPerSecond,
    writtenMbPerSecond,
    diskTb: (writtenMbPerSecond * secondsADay * assumed.retentionDays) / 1e6,
  };
}
