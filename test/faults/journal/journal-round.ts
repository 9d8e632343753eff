import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createSeededRandom } from '../../../src/tools/provider/simulator/seeded-random.ts';
import { readJournalRecords } from '../../support/read-journal-records.ts';
import { concludeRound, type Observations, type RoundResult } from '../round-result.ts';
import { runFaultTraffic } from '../run-fault-traffic.ts';
import { createReceiver } from '../services/create-receiver.ts';
import { createTrafficLog } from '../traffic/traffic-log.ts';
import { createSmallDisk } from './small-disk.ts';

export interface JournalRoundSpec {
  readonly seed: number;
  readonly requestsPerSecond: number;
  readonly logFile?: string | undefined;
}

const diskMebibytes = 96;
const events = 'events';
const deadLetter = 'dead';

/** The receiver without Kafka: its disk full for a while, the process killed with -9 and restarted, both at once. */
export async function runJournalRound(spec: JournalRoundSpec): Promise<RoundResult> {
  const random = createSeededRandom(spec.seed);
  const directory = await mkdtemp(join(tmpdir(), 'test-faults-'));
  const disk = await createSmallDisk(join(directory, 'disk'), diskMebibytes);
  const service = await createReceiver(
    { bootstrap: '', events, deadLetter, directory },
    { dataDir: disk.directory, enter: disk.enter },
  );
  const seen: Observations = { log: createTrafficLog(), reported: [], notes: [], flooded: [], unanswered: 0 };

  async function trouble(): Promise<void> {
    await disk.fill();
    await delay(2_000 + random() * 1_000);
    await disk.makeRoom();
    await delay(1_000 + random() * 1_000);
    await service.process.kill9();
    await service.process.start();
    await delay(random() * 500);
    await disk.fill();
    await delay(random() * 300);
    await service.process.kill9();
    await disk.makeRoom();
    await service.process.start();
  }

  try {
    await service.process.start();
    const { requestsPerSecond } = spec;
    const recovery = await runFaultTraffic({ service, log: seen.log, random, requestsPerSecond, trouble });
    return await concludeRound({
      ...{ ...seen, service, ...recovery, partitionCount: undefined },
      async readStores() {
        const topics = await readJournalRecords(join(disk.outsideDirectory, 'journal'));
        return { stored: topics.get(events) ?? [], deadLetters: topics.get(deadLetter) ?? [] };
      },
    });
  } finally {
    await service.process.kill9();
    if (spec.logFile !== undefined) {
      await writeFile(spec.logFile, await service.process.logText());
    }
    disk.close();
    await rm(directory, { recursive: true, force: true });
  }
}
