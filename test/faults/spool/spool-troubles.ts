import { setTimeout as delay } from 'node:timers/promises';
import type { HangingDirectory } from '../../support/disk/hanging-directory.ts';
import { waitUntil } from '../../support/wait-until.ts';
import type { FaultyKafka } from '../actions/fault.ts';
import type { SmallDisk } from '../journal/small-disk.ts';
import type { Service } from '../services/service.ts';
import type { TrafficLog } from '../traffic/traffic-log.ts';
import { spoolBytes, untilSpoolIsEmpty } from './spool-round.ts';

export interface SpoolContext {
  readonly kafka: FaultyKafka;
  readonly service: Service;
  readonly disk: SmallDisk | undefined;
  readonly hanging: HangingDirectory | undefined;
  readonly random: () => number;
  readonly outageMs: number;
  readonly log: TrafficLog;
  /** A promise that was seen broken. */
  report(text: string): void;
  /** A figure for the table. */
  note(text: string): void;
}

/** What happens to the store, to the disk and to the receiver. */
export interface SpoolTrouble {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  /** The spool is on a disk of this size that can be filled. */
  readonly diskMebibytes?: number;
  /** The directory of the spool can hang. */
  readonly canHang?: boolean;
  /** Of each partition of the events topic, by node id; without it three of each. */
  readonly replicas?: (partition: number) => readonly number[];
  run(context: SpoolContext): Promise<void>;
}

const kills = 5;
const mebibyte = 1024 * 1024;

async function stopStore({ kafka }: SpoolContext): Promise<void> {
  await Promise.all(kafka.cluster.brokers.map((broker) => broker.kill9()));
}

function startStore({ kafka }: SpoolContext): void {
  for (const broker of kafka.cluster.brokers) {
    broker.start();
  }
}

/** Epoch milliseconds. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** @returns while it was not ready: until its spool is open a new process refuses what the store does not take */
async function killReceiver({ service }: SpoolContext): Promise<Span> {
  const from = Date.now();
  await service.process.kill9();
  await service.process.start();
  return { from, to: Date.now() };
}

function countRefused({ log }: SpoolContext, from: number, except: readonly Span[] = []): number {
  const isExcepted = (sentAt: number) => except.some((span) => sentAt >= span.from && sentAt <= span.to);
  return log.requests.filter(
    ({ outcome, sentAt }) => outcome === 503 && sentAt >= from && !isExcepted(sentAt),
  ).length;
}

function reportRefused(
  context: SpoolContext,
  from: number,
  during: string,
  except: readonly Span[] = [],
): void {
  const refused = countRefused(context, from, except);
  if (refused > 0) {
    context.report(`${refused} deliveries were answered 503 ${during}`);
  }
}

async function untilRefused(context: SpoolContext, from: number): Promise<void> {
  await waitUntil(() => countRefused(context, from) > 20, {
    timeoutMs: 60_000,
    pollMs: 500,
    what: 'deliveries are refused',
  });
}

/** The store is away for longer than the provider would repeat, and the receiver dies five times meanwhile. */
export const longOutage: SpoolTrouble = {
  name: 'all brokers gone for longer than the retry schedule + five times kill -9 the receiver, and once while it drains',
  env: {},
  async run(context) {
    const { random, outageMs, service } = context;
    const startedAt = Date.now();
    const starts: Span[] = [];
    await stopStore(context);
    for (let kill = 1; kill <= kills; kill += 1) {
      const at = startedAt + (outageMs * (kill - 0.8 + random() * 0.6)) / kills;
      await delay(Math.max(0, at - Date.now()));
      starts.push(await killReceiver(context));
    }
    await delay(Math.max(0, startedAt + outageMs - Date.now()));
    context.note(`${await spoolBytes(service)} bytes were in the spool after ${Date.now() - startedAt} ms`);
    reportRefused(context, startedAt, 'although the spool had room', starts);
    startStore(context);
    await waitUntil(async () => (await drainedRecords(service)) > 0, {
      timeoutMs: 120_000,
      pollMs: 5,
      what: 'the spool is being drained',
    });
    await killReceiver(context);
  },
};

async function drainedRecords(service: Service): Promise<number> {
  const name = 'comapi_webhook_spool_drained_records_total{outcome="stored"}';
  return (await service.metrics?.())?.get(name) ?? Number.NaN;
}

/** One partition of twelve takes nothing the whole time, also over a restart of the receiver. */
export const onePartition: SpoolTrouble = {
  name: 'one partition of twelve refuses all the time + kill -9 the receiver',
  env: {},
  // Each needs both of its replicas, and the second broker has one of that partition alone.
  replicas: (partition) => (partition === 0 ? [1, 2] : [1, 3]),
  async run(context) {
    const { kafka, outageMs, service } = context;
    const startedAt = Date.now();
    await kafka.cluster.brokers[1]?.kill9();
    await delay(outageMs / 2);
    const starting = await killReceiver(context);
    await delay(outageMs / 2);
    context.note(`${await spoolBytes(service)} bytes were in the spool after ${Date.now() - startedAt} ms`);
    reportRefused(context, startedAt, 'although the spool had room', [starting]);
  },
};

/** The disk of the spool hangs while the store is well, and is of use again when the store is not. */
export const hangingDisk: SpoolTrouble = {
  name: 'the disk of the spool hangs, then all brokers are gone',
  env: {},
  canHang: true,
  async run(context) {
    const { hanging, outageMs, service } = context;
    const startedAt = Date.now();
    hanging?.hang();
    await delay(outageMs / 2);
    reportRefused(context, startedAt, 'although the store was well');
    hanging?.goOn();
    await waitUntil(async () => (await spoolBytes(service)) >= 0, {
      timeoutMs: 60_000,
      what: 'the spool is open',
    });
    await delay(2_000);
    const goneAt = Date.now();
    await stopStore(context);
    await delay(outageMs / 2);
    reportRefused(context, goneAt, 'although the spool had room');
    startStore(context);
  },
};

/** The store comes and goes while the spool is drained. */
export const flappingStore: SpoolTrouble = {
  name: 'brokers refuse, then come and go while the spool is drained + kill -9 the receiver',
  env: {},
  async run(context) {
    const { kafka, random, outageMs } = context;
    const refuse = () => Promise.all(kafka.proxies.map((proxy) => proxy.refuse()));
    const pass = () => Promise.all(kafka.proxies.map((proxy) => proxy.pass()));
    await refuse();
    await delay(outageMs / 2);
    for (const end = Date.now() + outageMs; Date.now() < end; ) {
      await pass();
      await delay(200 + random() * 1_500);
      if (random() < 0.5) {
        kafka.proxies.forEach((proxy) => {
          proxy.freeze();
        });
      } else {
        await refuse();
      }
      await delay(200 + random() * 2_000);
      if (random() < 0.3) {
        await killReceiver(context);
      }
    }
    await pass();
  },
};

/** The spool reaches its bound before the store is back. */
export const fullSpool: SpoolTrouble = {
  name: 'all brokers gone until the spool is full',
  env: { SPOOL_MAX_BYTES: String(4 * mebibyte), MAX_BODY_BYTES: String(mebibyte) },
  async run(context) {
    const { service, log } = context;
    await stopStore(context);
    const startedAt = Date.now();
    await untilRefused(context, startedAt);
    await delay(3_000);
    const bytes = (await service.metrics?.())?.get('comapi_webhook_spool_bytes') ?? Number.NaN;
    context.note(
      `the spool had ${bytes} of ${4 * mebibyte} bytes, ${countRefused(context, startedAt)} refused`,
    );
    if (!(bytes <= 4 * mebibyte)) {
      context.report(`the spool has ${bytes} bytes`);
    }
    startStore(context);
    const healedAt = Date.now();
    await waitUntil(
      () =>
        log.requests.some(
          ({ outcome, sentAt, kind }) => sentAt > healedAt && kind === 'batch' && outcome === 200,
        ),
      { timeoutMs: 120_000, pollMs: 500, what: 'deliveries are taken again' },
    );
  },
};

/** The disk of the spool is full, and stays so until the store is back: draining makes the room. */
export const fullDisk: SpoolTrouble = {
  name: 'all brokers gone, the disk of the spool full + kill -9 the receiver',
  env: { SPOOL_MAX_BYTES: String(48 * mebibyte) },
  diskMebibytes: 64,
  async run(context) {
    const { disk, service, outageMs } = context;
    await stopStore(context);
    await delay(outageMs / 4);
    await disk?.fill();
    const startedAt = Date.now();
    await untilRefused(context, startedAt);
    await service.process.kill9();
    await disk?.makeRoom();
    await service.process.start();
    await delay(outageMs / 4);
    await disk?.fill();
    await delay(1_000);
    startStore(context);
    await untilSpoolIsEmpty(service, 120_000);
    await disk?.makeRoom();
  },
};
