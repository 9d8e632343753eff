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

/** Names for the records of one test; only that test has them. */
export interface Place {
  /** All variables that name the store, and these names. */
  readonly env: TestEnv;
  readonly events: string;
  readonly deadLetter: string;
}

/** What keeps everybody out until somebody changes it. */
export interface WrongSetting {
  readonly what: string;
  /** Over the variables of a place. */
  readonly env: TestEnv;
  /** Words that name what to change. */
  readonly says: readonly string[];
}

/** Something that goes wrong, and ends. */
export interface Fault {
  begin(): Promise<unknown>;
  end(): Promise<unknown>;
}

export type FaultName = 'is killed' | 'hangs' | 'has its connections cut';

/** The real server of a store, and what is done to it from outside: the code under test has no part in it. */
export interface ServedStore {
  /** How many partitions, queues or streams share the events of a place. */
  readonly parts: number;
  /** It refuses a record of so many bytes; `undefined`: it takes what the receiver takes. */
  readonly tooLargeBytes: number | undefined;
  /** Part of the variables, and never shown; `undefined` where nothing is secret. */
  readonly password: string | undefined;
  readonly wrongSettings: readonly WrongSetting[];
  /** Variables of a server that does not answer. */
  readonly nowhere: TestEnv;
  /** A text says why it cannot happen in this test, and where it is tested. */
  readonly faults: Readonly<Record<FaultName, Fault | string>>;
  /** Of which nothing is there yet. */
  namePlace(): Place;
  /** With all that has to be there for a receiver. */
  createPlace(): Promise<Place>;
  /** All that the place has of a topic, in the order of each part. */
  read(place: Place, topic: string): Promise<readonly StoredRecord[]>;
  /** The first part of the events takes nothing until that ends. Needed unless the store says that it `cannot` (`parts`). */
  readonly spoilPart?: (place: Place) => Fault;
  /** Removes all events, as nobody should (`readBack`). */
  readonly removeEvents?: (place: Place) => Promise<unknown>;
  /** Runs the revision filter over so many events (`filter`). */
  readonly filter?: (place: Place, count: number) => Promise<unknown>;
  stop(): Promise<unknown>;
}

/** How long a delivery may take, and how long the provider waits. */
export const budgetMs = 8_000;
export const providerMs = 10_000;

export const openPlace = ({ env }: Place) => openStore(loadCommandConfig(env).store);

/** The sink as the receiver makes it; closed when the test ends. */
export async function openSink(place: Place, sampler?: ReadBackSampler) {
  const { topics, maxBodyBytes } = loadCommandConfig(place.env);
  const store = await openPlace(place);
  const registry = new Registry();
  const deps = { topics: [topics], maxBodyBytes, logger: captureLog().logger };
  const sink = await store.createSink({ ...deps, clock: systemClock, registry, sampler });
  onTestFinished(() => sink.close());
  // Ends with the sink's words when the store takes nothing for long, or never will.
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

/** Relays before the servers of a store. `CUT_ROUNDS` cuts some more connections, `CUT_SEED` the same ones. */
export function createCutting(openingBytes: number) {
  const relays: CuttingRelay[] = [];
  const countCuts = () => relays.reduce((sum, relay) => sum + relay.cuts(), 0);
  let state = seed;
  const random = (below: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % Math.ceil(below);
  };
  // One of three is cut at its beginning, one anywhere in its opening, one behind it.
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
