import type { EraseRequest, FoundState } from '../../../src/ports/state-eraser.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import { eraseKafkaStates } from '../../../src/stores/kafka/consume/erase-kafka-states.ts';
import { startModelBroker } from './start-model-broker.ts';

export const own = { events: 'events', deadLetter: 'dead', latest: 'latest' };
const producer = { producerId: 7n, producerEpoch: 0 };
const settings = { 'cleanup.policy': 'compact', 'delete.retention.ms': '86400000' };
type State = readonly [key: string, revision: number];

const headersOf = ([key, revision]: State) => ({
  ...{ ce_specversion: '1.0', ce_type: 'message.read', ce_subject: key, revision: String(revision) },
});

/** Creates an events topic without retention, and a latest-state topic with two partitions. */
export async function startStatesToErase() {
  const broker = await startModelBroker();
  const { cluster } = broker;
  cluster.addTopic({ name: 'events', partitionCount: 1, settings: { 'retention.ms': '-1' } });
  cluster.addTopic({ name: 'latest', partitionCount: 2, settings });
  const heard: string[] = [];
  const notices: string[] = [];
  const skipped: string[] = [];
  const stop = new AbortController();
  const open = (request: Partial<EraseRequest>) =>
    eraseKafkaStates(
      { connection: broker.connection, logger: createLogger('silent') },
      {
        ...{ keys: new Set(['k', 'ключ']), topics: [own], dryRun: false, signal: stop.signal },
        observer: {
          onStart: (part, amount) => void heard.push(`${part} ${amount}`),
          onProgress: (amount) => void heard.push(String(amount)),
          onWarning(text, isSkipped) {
            notices.push(text);
            if (isSkipped === true) {
              skipped.push(text);
            }
          },
        },
        ...request,
      },
    );
  const logOf = (partition: number) => cluster.logOf('latest', partition);
  return {
    ...{ ...broker, heard, notices, skipped, stop, logOf },
    /**
     * Erases latest states. @param onFound called with each state before the next state is read @returns positions and
     * revisions of the states
     */
    async run(request: Partial<EraseRequest> = {}, onFound?: (state: FoundState) => Promise<void> | void) {
      const found: string[] = [];
      for await (const state of open(request)) {
        found.push(`${state.place} ${state.revision}`);
        await onFound?.(state);
      }
      return found;
    },
    /** Adds each state in a separate batch. */
    add(partition: number, ...states: readonly State[]) {
      for (const state of states) {
        broker.append('latest', partition, [{ key: state[0], value: '{}', headers: headersOf(state) }]);
      }
    },
    /** Writes a state to the first partition within an open transaction. */
    begin(state: State) {
      const record = { key: state[0], value: '{}', headers: headersOf(state) };
      broker.append('latest', 0, [record], { producer: { ...producer, firstSequence: 0 } });
    },
    end(marker: 'commit' | 'abort') {
      logOf(0)?.mark({ ...producer, marker, nowMs: 2_000 });
      logOf(0)?.commit();
    },
    kept: (partition: number) =>
      logOf(partition)
        ?.records(0)
        .map(({ key, value, headers }) =>
          [String(key), ...(value === null ? ['gone', headers['entity-revision']] : [headers.revision])].join(
            ' ',
          ),
        ),
  };
}
