import { Registry } from 'prom-client';
import { onTestFinished } from 'vitest';
import { loadCommandConfig } from '../../../src/config/command-config.ts';
import type { ReadBackSampler } from '../../../src/ports/read-back.ts';
import type { SinkRecord } from '../../../src/ports/sink.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { openStore, startCommandSink } from '../../../src/stores/open-store.ts';
import { captureLog } from '../../support/captured-log.ts';
import { type Cut, type CuttingRelay, startCuttingRelay } from '../../support/cutting-relay.ts';
import { appendIn } from '../../support/deadline-in.ts';
import type { StoredRecord } from '../../support/kafka/read-topic.ts';
import { waitUntil } from '../../support/wait-until.ts';

export type TestEnv = Readonly<Record<string, string>>;

/** A destination: topic names that only one test uses, and the environment variables that select them. */
export interface Place {
  /** All environment variables that select the store and these topic names. */
  readonly env: TestEnv;
  readonly events: string;
  readonly deadLetter: string;
}

/** An incorrect setting that prevents use of the store until it is corrected. */
export interface WrongSetting {
  readonly what: string;
  /** Variables that override those of a destination. */
  readonly env: TestEnv;
  /** Texts that the error message must contain, because they name the setting to change. */
  readonly says: readonly string[];
}

/** A fault that a test can start and end. */
export interface Fault {
  begin(): Promise<unknown>;
  end(): Promise<unknown>;
}

export type FaultName = 'is killed' | 'hangs' | 'has its connections cut';

/** The real server of a store, with actions that do not use the code under test. */
export interface ServedStore {
  /** Number of partitions, queues or streams among which the events of a destination are distributed. */
  readonly parts: number;
  /**
   * Size of a record that the store rejects. `undefined` if the store accepts all records that the receiver accepts.
   */
  readonly tooLargeBytes: number | undefined;
  /** Password in the variables, which the program must never print. `undefined` if the store has no password. */
  readonly password: string | undefined;
  readonly wrongSettings: readonly WrongSetting[];
  /** Environment variables for an address at which no server responds. */
  readonly nowhere: TestEnv;
  /**
   * Faults by name. A string in place of a fault explains why this test cannot cause the fault, and names the test that
   * covers it.
   */
  readonly faults: Readonly<Record<FaultName, Fault | string>>;
  /** Chooses a destination without creating it on the server. */
  namePlace(): Place;
  /** Creates a destination with everything that a receiver needs. */
  createPlace(): Promise<Place>;
  /** Reads all records of a topic, in the order of each partition. */
  read(place: Place, topic: string): Promise<readonly StoredRecord[]>;
  /**
   * A fault during which the first partition of the events topic rejects writes. Required unless the store lacks the
   * ability `parts`.
   */
  readonly spoilPart?: (place: Place) => Fault;
  /** Removes all events, so that the read-back check can be tested (ability `readBack`). */
  readonly removeEvents?: (place: Place) => Promise<unknown>;
  /** Runs the revision filter until it has processed this number of events (ability `filter`). */
  readonly filter?: (place: Place, count: number) => Promise<unknown>;
  stop(): Promise<unknown>;
}

/** Time budget of a delivery, which is also the provider's timeout. */
export const budgetMs = 8_000;
export const providerMs = 10_000;

export const openPlace = ({ env }: Place) => openStore(loadCommandConfig(env).store);

/** Creates the sink in the same manner as a receiver. The sink is closed when the test ends. */
export async function openSink(place: Place, sampler?: ReadBackSampler) {
  const { topics, maxBodyBytes } = loadCommandConfig(place.env);
  const store = await openPlace(place);
  const registry = new Registry();
  const deps = { topics: [topics], maxBodyBytes, logger: captureLog().logger };
  const sink = await store.createSink({ ...deps, clock: systemClock, registry, sampler });
  onTestFinished(() => sink.close());
  // The promise rejects with the health detail of the sink if the store stays unavailable, or if the sink needs a
  // restart to recover.
  const started = startCommandSink({ ...store, createSink: async () => sink }, deps);
  started.catch(() => {});
  const append = (records: readonly SinkRecord[], ms = budgetMs) => appendIn(sink, records, ms);
  return { store, sink, started, append, registry };
}

export async function startSink(place: Place, sampler?: ReadBackSampler) {
  const opened = await openSink(place, sampler);
  await opened.started;
  return opened;
}

const seed = Number(process.env.CUT_SEED ?? Date.now() % 1_000_000);
const cutRounds = Number(process.env.CUT_ROUNDS ?? 20);

/**
 * Proxies in front of the servers of a store. `CUT_ROUNDS` sets the number of cut connections. `CUT_SEED` repeats the
 * cuts of an earlier run.
 */
export function createCutting(openingBytes: number) {
  const relays: CuttingRelay[] = [];
  const countCuts = () => relays.reduce((sum, relay) => sum + relay.cuts(), 0);
  let state = seed;
  const random = (below: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % Math.ceil(below);
  };
  // A third of the connections is cut at the start, a third while the connection is being opened, and a third
  // afterwards.
  const bytes = [openingBytes / 50, openingBytes, openingBytes * 2];
  const chooseCut = (): Cut => ({ bytes: random(bytes[random(3)] ?? 1), isReset: random(2) === 0 });
  const fault: Fault = {
    async begin() {
      process.stderr.write(`connections are cut with CUT_SEED=${seed}\n`);
      const enough = countCuts() + cutRounds;
      for (const relay of relays) {
        relay.chooseCut = chooseCut;
        relay.cutAll();
      }
      await waitUntil(() => countCuts() >= enough, { timeoutMs: cutRounds * 10_000, what: 'the cuts' });
    },
    async end() {
      for (const relay of relays) {
        relay.chooseCut = undefined;
      }
    },
  };
  return {
    fault,
    async before(port: number): Promise<CuttingRelay> {
      const relay = await startCuttingRelay(port);
      relays.push(relay);
      return relay;
    },
    addresses: () => relays.map(({ port }) => `127.0.0.1:${port}`),
    close: () => Promise.all(relays.map((relay) => relay.close())),
  };
}
