import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJournal } from '../../../src/stores/journal/read-journal.ts';
import { createSeededRandom, deriveSeed } from '../../../src/tools/provider/simulator/seeded-random.ts';
import { createReceiver } from '../../faults/services/create-receiver.ts';
import type { Service } from '../../faults/services/service.ts';
import { createTarget, type Outcome, postWebhook, sign } from '../../faults/traffic/post-webhook.ts';
import { queuedMs, residentMib } from '../../support/process-counters.ts';
import { judgeConnection, judgeLog, statusesOf } from './judge-connection.ts';
import { type OddConnection, sendOddRequests } from './send-odd-requests.ts';

interface RequestFuzzOptions {
  readonly seed: number;
  /**
   * Returns whether enough connections were opened.
   * @param connections the number of connections opened so far
   */
  readonly isEnough: (connections: number) => boolean;
}

const atOnce = 16;
const probeMs = 500;
const slowMs = 5_000;

/** Sends random bytes and fragments of requests to a real receiver with a journal, in a separate process. */
export async function fuzzRequests({ seed, isEnough }: RequestFuzzOptions) {
  const directory = await mkdtemp(join(tmpdir(), 'test-fuzz-'));
  const service = await createReceiver({ bootstrap: '', events: 'events', deadLetter: 'dead', directory });
  try {
    await service.process.start();
    const first = residentMib(service.process.pid);
    const probe = watchService(service);
    const connections = await sendAll(service, { seed, isEnough });
    const { problems, most } = await probe.stop();
    const exitCode = await service.process.terminate();
    if (exitCode !== 0) {
      problems.push(`the receiver ended with ${exitCode}`);
    }
    const stored = await readStored(join(directory, 'data', 'journal'));
    for (const connection of connections) {
      problems.push(...judgeConnection(connection, stored.get(connection.label) ?? []));
    }
    problems.push(...judgeLog(await service.process.logText()));
    return {
      connections: connections.length,
      /** Number of responses by status. */
      statuses: countStatuses(connections),
      /** Number of records that were stored from the invalid and unusual requests. */
      stored: connections.reduce((sum, { label }) => sum + (stored.get(label)?.length ?? 0), 0),
      residentMib: { first, most },
      /** Problems that were found. Empty if all checks have passed. */
      problems,
    };
  } finally {
    await service.process.kill9();
    await rm(directory, { recursive: true, force: true });
  }
}

async function sendAll(service: Service, { seed, isEnough }: RequestFuzzOptions): Promise<OddConnection[]> {
  const connections: OddConnection[] = [];
  let number = 0;
  async function sendSome(): Promise<void> {
    while (!isEnough(number) && service.process.isRunning()) {
      const random = createSeededRandom(deriveSeed(seed, number));
      const place = { path: service.path, secret: service.secret(), label: `c${number}` };
      number += 1;
      connections.push(await sendOddRequests(random, service.httpPort, place));
    }
  }
  await Promise.all(Array.from({ length: atOnce }, sendSome));
  return connections;
}

/** Sends genuine deliveries continuously, and watches the memory. */
function watchService(service: Service) {
  const { httpPort: port, path } = service;
  const target = createTarget({ port, path, secret: service.secret, isRouted: () => true });
  const problems: string[] = [];
  let most = 0;
  const stopped = new AbortController();
  // Time during which the processes waited for a CPU does not count.
  const now = () => performance.now() - queuedMs(service.process.pid) - queuedMs(process.pid);

  async function watch(): Promise<void> {
    for (let number = 0; !stopped.signal.aborted; number += 1) {
      const body = `{"eventId":"probe-${number}"}`;
      const startedAt = now();
      let outcome: Outcome;
      do {
        outcome = await postWebhook(target, body, sign(body, service.secret()));
        if (!service.process.isRunning()) {
          problems.push(`the receiver has ended; a genuine delivery heard ${outcome}`);
          return;
        }
        // A delivery that got 503 is sent again, as the provider does.
      } while (outcome !== 200 && now() - startedAt < slowMs);
      const tookMs = now() - startedAt;
      if (outcome !== 200 || tookMs > slowMs) {
        problems.push(`a genuine delivery heard ${outcome} after ${Math.round(tookMs)} ms`);
      }
      most = Math.max(most, residentMib(service.process.pid));
      await new Promise((resolve) => setTimeout(resolve, probeMs));
    }
  }

  const watching = watch();
  return {
    async stop() {
      stopped.abort();
      await watching;
      target.agent.destroy();
      return { problems, most };
    },
  };
}

/** Reads the stored values, by the label of the connection that sent them. */
async function readStored(directory: string): Promise<ReadonlyMap<string, string[]>> {
  const stored = new Map<string, string[]>();
  for await (const { record } of readJournal(directory)) {
    const value = record.value.toString('latin1');
    const label = /"(c\d+|probe)-\d/.exec(value)?.[1] ?? 'unlabelled';
    stored.set(label, [...(stored.get(label) ?? []), value]);
  }
  return stored;
}

function countStatuses(connections: readonly OddConnection[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const status of connections.flatMap(statusesOf)) {
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  return counts;
}
