import type { PartitionProcessor } from './partition-processor.ts';

type Processor = Pick<PartitionProcessor, 'partition' | 'state' | 'stop'>;

/** The processors of the partitions that the group has assigned to this process. */
export class ProcessorSet {
  readonly #start: (partition: number) => Processor;
  readonly #processors = new Map<number, Processor>();
  readonly #ending = new Map<number, Promise<void>>();
  #wanted: readonly number[] = [];
  #isStopped = false;

  constructor(start: (partition: number) => Processor) {
    this.#start = start;
  }

  /** Starts and stops processors to match the assignment. Partitions that stay assigned are not interrupted. */
  assign(partitions: readonly number[]): void {
    this.#wanted = partitions;
    for (const processor of this.#processors.values()) {
      if (!partitions.includes(processor.partition)) {
        void this.#end(processor, 'at_once');
      }
    }
    this.#startWanted();
  }

  owned(): readonly number[] {
    return [...this.#processors.keys()];
  }

  states(): readonly Pick<Processor, 'partition' | 'state'>[] {
    return [...this.#processors.values()].map(({ partition, state }) => ({ partition, state }));
  }

  /** Completes the transactions in flight, and ignores later assignments. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#processors.values()].map((processor) => this.#end(processor, 'finish')));
    await Promise.all(this.#ending.values());
  }

  #end(processor: Processor, how: 'finish' | 'at_once'): Promise<void> {
    const { partition } = processor;
    this.#processors.delete(partition);
    const processorEnd = processor.stop(how).finally(() => {
      this.#ending.delete(partition);
      this.#startWanted();
    });
    this.#ending.set(partition, processorEnd);
    return processorEnd;
  }

  #startWanted(): void {
    for (const partition of this.#wanted) {
      if (!this.#isStopped && !this.#processors.has(partition) && !this.#ending.has(partition)) {
        this.#processors.set(partition, this.#start(partition));
      }
    }
  }
}
