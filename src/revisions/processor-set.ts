import type { PartitionProcessor, ProcessorState } from './partition-processor.ts';

/** The processors of the partitions that the group has assigned to this process. */
export interface ProcessorSet {
  /** Starts and stops processors as assigned. A partition that stays is not disturbed. */
  assign(partitions: readonly number[]): void;
  owned(): readonly number[];
  states(): readonly { readonly partition: number; readonly state: ProcessorState }[];
  /** Completes the transactions under way, and ignores later assignments. */
  stop(): Promise<void>;
}

export function createProcessorSet(start: (partition: number) => PartitionProcessor): ProcessorSet {
  const processors = new Map<number, PartitionProcessor>();
  const ending = new Map<number, Promise<void>>();
  let wanted: readonly number[] = [];
  let stopped = false;

  function end(processor: PartitionProcessor, how: 'finish' | 'at_once'): Promise<void> {
    const { partition } = processor;
    processors.delete(partition);
    const ended = processor.stop(how).finally(() => {
      ending.delete(partition);
      startWanted();
    });
    ending.set(partition, ended);
    return ended;
  }

  function startWanted(): void {
    for (const partition of wanted) {
      if (!stopped && !processors.has(partition) && !ending.has(partition)) {
        processors.set(partition, start(partition));
      }
    }
  }

  return {
    assign(partitions) {
      wanted = partitions;
      for (const processor of processors.values()) {
        if (!partitions.includes(processor.partition)) {
          void end(processor, 'at_once');
        }
      }
      startWanted();
    },
    owned: () => [...processors.keys()],
    states: () => [...processors.values()].map(({ partition, state }) => ({ partition, state })),
    async stop() {
      stopped = true;
      await Promise.all([...processors.values()].map((processor) => end(processor, 'finish')));
      await Promise.all(ending.values());
    },
  };
}
