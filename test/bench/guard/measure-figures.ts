import { cpuSeconds } from '../../support/process-counters.ts';
import { measureAllocations } from '../measure-allocations.ts';
import { runLoad } from '../run-load.ts';
import { type CountedLoad, sendBodies } from '../send-bodies.ts';
import type { RunningVariant } from '../variants.ts';
import type { MeasuredFigures } from './judge.ts';

export interface GuardedShape {
  readonly name: string;
  readonly batchSize: number;
  readonly connections: number;
  /** Number of deliveries after which V8 has compiled the code. */
  readonly warmUp: number;
  /** Number of deliveries per round. */
  readonly requests: number;
  /** Number of deliveries for which allocations are counted. */
  readonly counted: number;
}

export interface GuardedPair {
  readonly goPeer: RunningVariant;
  readonly receiver: RunningVariant;
}

interface MeasureOptions {
  readonly bodies: string;
  /** Number of rounds for each variant. The rounds of the variants alternate. */
  readonly rounds: number;
  readonly say: (line: string) => void;
  readonly onFailures: (variant: RunningVariant, failures: number) => void;
}

const maxCounts = 12;
/** Maximum duration of the warm-up. It is only reached on a busy machine. */
const maxWarmUpSeconds = 20;

export async function measureFigures(
  { goPeer, receiver }: GuardedPair,
  shape: GuardedShape,
  { bodies, rounds, say, onFailures }: MeasureOptions,
): Promise<MeasuredFigures> {
  const load = { bodies, connections: shape.connections };

  /**
   * Measures the CPU time of a delivery in µs. Waits for every response and not for a fixed time, because one second
   * may be too short on a busy machine.
   */
  async function measureCpu(variant: RunningVariant, requests: number): Promise<number> {
    const before = cpuSeconds(variant.pid);
    onFailures(variant, await sendBodies(variant.url, { ...load, requests }));
    return ((cpuSeconds(variant.pid) - before) * 1e6) / requests;
  }

  await warmUp(goPeer, { ...load, requests: shape.warmUp });
  await warmUp(receiver, { ...load, requests: shape.warmUp });
  const allocated: number[] = [];
  while (!isSettled(allocated)) {
    const bytes = await measureAllocations(receiver, { ...load, requests: shape.counted });
    // If a request failed, the measurement does not count.
    allocated.push(bytes ?? Number.POSITIVE_INFINITY);
  }
  const peerCosts: number[] = [];
  const costs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    peerCosts.push(await measureCpu(goPeer, shape.requests));
    costs.push(await measureCpu(receiver, shape.requests));
  }
  const list = (values: readonly number[]) => values.map((value) => value.toFixed(1)).join(' ');
  say(`${shape.name}: CPU µs ${list(costs)}, Go peer ${list(peerCosts)}`);
  say(`${shape.name}: kB allocated ${list(allocated.map((bytes) => bytes / 1000))}`);
  const peerCost = Math.min(...peerCosts);
  return {
    // Other work on the machine can only increase the cost, so the minimum is the best estimate.
    cpuToGo: Number((Math.min(...costs) / peerCost).toFixed(2)),
    kbAllocated: Number((Math.min(...allocated) / 1000).toFixed(1)),
    goSpread: Number((Math.max(...peerCosts) / peerCost).toFixed(2)),
  };
}

/**
 * Returns whether enough counts were made. Better compiled code allocates fewer bytes, so counting continues until two
 * successive counts bring no improvement.
 */
function isSettled(allocated: readonly number[]): boolean {
  const best = Math.min(...allocated.slice(0, -2)) * 0.99;
  const [one = 0, other = 0] = allocated.slice(-2);
  return allocated.length >= maxCounts || (allocated.length > 3 && one > best && other > best);
}

/** Sends load until the variant has responded to this number of requests, after which its code is compiled. */
async function warmUp({ url }: RunningVariant, { requests, ...shape }: CountedLoad): Promise<void> {
  let answered = 0;
  for (let second = 0; second < maxWarmUpSeconds && answered < requests; second += 1) {
    answered += (await runLoad(url, { ...shape, seconds: 1 })).requests;
  }
}
