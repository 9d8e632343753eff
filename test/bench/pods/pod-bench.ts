import { benchTopics } from '../bench-stores.ts';
import { createVariants, findVariant, type RunningVariant, startVariant } from '../variants.ts';

/** What the parts of the bench share. */
export interface PodBench {
  readonly directory: string;
  readonly secret: string;
  /** MiB of each pod. `undefined`: all that there is. */
  readonly memoryMib: number | undefined;
  /** File with signed bodies of so many events. */
  bodies(batchSize: number): string;
  /** What must not be so: the bench fails. */
  complain(text: string): void;
}

export interface Repetition {
  readonly rounds: number;
  /** Of each measurement. */
  readonly seconds: number;
}

export const podCounts = [1, 2, 4];

export interface PodShape {
  readonly batchSize: number;
  readonly connectionsAPod: number;
  /** So many deliveries until the code of a pod is compiled. */
  readonly warmUp: number;
}

/** Singles first. */
export const podShapes: readonly [PodShape, ...PodShape[]] = [
  { batchSize: 1, connectionsAPod: 64, warmUp: 30_000 },
  { batchSize: 500, connectionsAPod: 8, warmUp: 150 },
];

export interface PodOptions {
  readonly name: string;
  readonly brokers: string;
  readonly topic: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A receiver on Kafka. All share one core: there are only two, and the other has the load, the proxy and the broker. */
export function startPod(
  bench: PodBench,
  { name, brokers, topic, env }: PodOptions,
): Promise<RunningVariant> {
  const variants = createVariants({ brokers, topic, deadLetterTopic: benchTopics.deadLetterTopic });
  const receiver = findVariant(variants, 'receiver, Kafka');
  return startVariant({ ...receiver, name, env: { ...receiver.env, ...env } }, { ...bench, core: 0 });
}

export function printRow(cells: readonly (string | number)[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}

export function printHead(titles: readonly string[]): void {
  printRow(titles);
  printRow(titles.map(() => '---'));
}
