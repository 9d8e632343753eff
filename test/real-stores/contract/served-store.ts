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

/** Topic names that only one test uses, and the variables that select them. */
export interface Place {
  /** All variables for the store and these names. */
  readonly env: TestEnv;
  readonly events: string;
  readonly deadLetter: string;
}

/** A wrong setting with which the store cannot be used until it is corrected. */
export interface WrongSetting {
  readonly what: string;
  /** Overrides variables of a place. */
  readonly env: TestEnv;
  /** Texts in the error that name what to change. */
  readonly says: readonly string[];
}

/** A fault that begins and ends. */
export interface Fault {
  begin(): Promise<unknown>;
  end(): Promise<unknown>;
}

export type FaultName = 'is killed' | 'hangs' | 'has its connections cut';

/** The real server of a store, and actions on it that do not use the code under test. */
export interface ServedStore {
  /** Number of partitions, queues or streams that share the events of a place. */
  readonly parts: number;
  /** Size of a record that the store rejects; `undefined` if it accepts all that the receiver accepts. */
  readonly tooLargeBytes: number | undefined;
  /** Password in the variables, which must never be printed; `undefined` if there is none. */
  readonly password: string | undefined;
  readonly wrongSettings: readonly WrongSetting[];
  /** Variables for a server that does not respond. */
  readonly nowhere: TestEnv;
  /** A string instead of a fault explains why the fault is impossible in this test, and where the fault is tested. */
  readonly faults: Readonly<Record<FaultName, Fault | string>>;
  /** Chooses a place without creating anything on the server. */
  namePlace(): Place;
  /** Creates a place with everything that a receiver needs. */
  createPlace(): Promise<Place>;
  /** Reads all records of a topic, in the order of each part. */
  read(place: Place, topic: string): Promise<readonly StoredRecord[]>;
  /**
   * A fault during which the first part of the events rejects writes. Required unless the store lacks the ability
   * `parts`.
   */
  readonly spoilPart?: (place: Place) => Fault;
  /** Removes all events, to test the read-back check (`readBack`). */
  readonly removeEvents?: (place: Place) => Promise<unknown>;
  /** Runs the revision filter over this number of events (`filter`). */
  readonly filter?: (place: Place, count: number) => Promise<unknown>;
  stop(): Promise<unknown>;
}

/** Time budget of a delivery, and timeout of the provider. */
export const budgetMs = 8_000;
export const providerMs = 10_000;

export const openPlace = ({ env }: Place) => openStore(loadCommandConfig(env).store);

/** Creates the sink like a receiver. It is closed when the test ends. */
export async function openSink(place: Place, sampler?: ReadBackSampler) {
  const { topics, maxBodyBytes } = loadCommandConfig(place.env);
  const store = await openPlace(place);
  const registry = new Registry();
  const deps = { topics: [topics], maxBodyBytes, logger: captureLog().logger };
  const sink = await store.createSink({ ...deps, clock: systemClock, registry, sampler });
  onTestFinished(() => sink.close());
  // Fails with the detail of the sink if the store stays unavailable, or cannot recover by itself.
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
 * Proxies in front of the servers of a store. `CUT_ROUNDS` sets the number of cut connections, `CUT_SEED` repeats the
 * same ones.
 */
export function createCutting(openingBytes: number) {
  const relays: CuttingRelay[] = [];
  const countCuts = () => relays.reduce((sum, relay) => sum + relay.cuts(), 0);
  let state = seed;
  const random = (below: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % Math.ceil(below);
  };
  // A third of the connections is cut at the start, a third while opening, and a third after that.
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
