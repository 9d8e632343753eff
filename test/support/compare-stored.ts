import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCommandConfig } from '../../src/config/command-config.ts';
import { listTopics } from '../../src/config/topic-names.ts';
import { splitPosition } from '../../src/ports/record-reader.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { partitionFor } from '../../src/stores/append/partition-for.ts';
import { openStore } from '../../src/stores/open-store.ts';
import { EventSource } from '../../src/tools/provider/simulator/event-source.ts';
import { findEventKey } from '../../src/webhook/event-key.ts';
import { eventSlice } from './event-slice.ts';
import { runCommand } from './run-command.ts';
import { temporaryDirectory } from './test-receiver.ts';

type TestEnv = Readonly<Record<string, string>>;

interface SimulatedRun {
  readonly seed: number;
  /** Number of sent events, including duplicates. */
  readonly events: number;
  /** Ids of the events that were acknowledged with a 2xx status. */
  readonly accepted: ReadonlySet<string>;
  /** Environment variables that select the store. */
  readonly env: TestEnv;
  /** Number of partitions or streams per topic. If absent, the comparison does not check the partition of records. */
  readonly partitions?: number;
}

/** Compares the events that `simulate --as-provider` sent with the records in the store. */
export async function compareStored(run: SimulatedRun) {
  const { seed, events, accepted, env, partitions } = run;
  const source = new EventSource(seed);
  const sent = new Map<string, string>();
  for (let slot = 0; slot < events; slot += 1) {
    const { eventId, json } = source.at(slot);
    sent.set(eventId, json);
  }
  const { store: config, topics, webhookTopics, recordRules } = loadCommandConfig(env);
  const store = await openStore(config);
  const selection = {
    role: 'events',
    topics: [topics, ...webhookTopics].flatMap(listTopics),
    sinceMs: 0,
    mayBeMissing: true,
  } as const;
  const observer = { onStart() {}, onProgress() {}, onWarning() {} };
  const signal = new AbortController().signal;
  const reading = { follow: false, signal, observer, logger: createLogger('silent') };
  const missing = new Set(accepted);
  /**
   * One problem for each affected event, with the event id. The list is empty if every accepted event is stored
   * unchanged under its key.
   */
  const problems: string[] = [];
  /**
   * Number of records of this run. The number includes duplicates and events that were not accepted, because both are
   * allowed.
   */
  let records = 0;
  for await (const batch of store.readRecords(selection, reading)) {
    for (const { place, key, value, headers } of batch) {
      const { ce_id: id = '' } = headers;
      const json = sent.get(id);
      if (json === undefined) {
        continue;
      }
      records += 1;
      missing.delete(id);
      const [, part] = /(\d+)$/.exec(splitPosition(place)[0]) ?? [];
      const isInPlace = partitions === undefined || Number(part) === partitionFor(key ?? '', partitions);
      if (!Buffer.from(json).equals(value)) {
        problems.push(`altered ${id}`);
      } else if (key !== findEventKey(eventSlice(json, recordRules.keyRules))?.key || !isInPlace) {
        problems.push(`misplaced ${id}`);
      }
    }
  }
  return { records, problems: [...problems, ...[...missing].map((id) => `missing ${id}`)] };
}

/** Reads the ids of accepted events from the ledger of `simulate --ledger`. */
function readAccepted(ledger: string): ReadonlySet<string> {
  const lines = readFileSync(ledger, 'utf8').trimEnd().split('\n');
  const settled = lines.map((line) => JSON.parse(line) as { eventId: string; fate: string });
  return new Set(settled.filter(({ fate }) => fate === 'accepted').map(({ eventId }) => eventId));
}

/** Runs `simulate` as the provider, and compares the accepted events with the stored ones. */
export async function simulateAndCompare(
  url: string,
  args: readonly string[],
  { env, partitions }: Pick<SimulatedRun, 'env' | 'partitions'>,
) {
  const ledger = join(temporaryDirectory(), 'ledger.jsonl');
  // With a seed, the timestamps of the events can be generated again.
  const seed = String(randomInt(2 ** 32));
  const target = ['simulate', '--as-provider', '--url', url, '--seed', seed];
  const all = [...target, '--ledger', ledger, '--json', ...args];
  const { code, stdout, stderr } = await runCommand(all, env);
  const report = JSON.parse(stdout) as { seed: number; events: number; accepted: number; lost: number };
  const accepted = readAccepted(ledger);
  const compared = await compareStored({ ...report, accepted, env, ...(partitions && { partitions }) });
  return { code, stderr, sent: report.events, accepted: report.accepted, ...compared };
}
