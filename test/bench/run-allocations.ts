// Where a single delivery allocates, and what it keeps alive while it waits for its acknowledgement: bytes by owner and by
// function. Nothing is inlined here, so that each function has its own; of all bytes that changes one or two hundredths.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Command } from 'commander';
import { readImageNodeOptions } from '../support/image-node-options.ts';
import { benchTopics, startBenchKafka } from './bench-stores.ts';
import { parseCount } from './option-parsers.ts';
import { sendBodies } from './send-bodies.ts';
import { type RunningVariant, startVariant } from './variants.ts';
import { warmUp } from './warm-up.ts';
import { benchSecret as secret, writeBodies } from './write-bodies.ts';

type BytesByPlace = Readonly<Record<string, number>>;

const { connections, least } = new Command('npm run bench:allocations --')
  .description(
    'Bytes that a single delivery allocates, and keeps alive while it waits, by owner and by function: CSV.',
  )
  .option('--connections <n>', 'under load at once', parseCount, 512)
  .option('--least <n>', 'bytes of a place in the table; what is less is added up', parseCount, 64)
  .parse()
  .opts<{ connections: number; least: number }>();

const counted = 8_000;
const directory = mkdtempSync(join(tmpdir(), 'comapi-webhook-allocations-'));
const bodies = join(directory, 'bodies');
const root = new URL('../../', import.meta.url);

async function sample(
  { ask = () => Promise.reject(new Error('not a process of Node')) }: RunningVariant,
  word: 'sample all' | 'sample alive',
  work: () => Promise<unknown>,
): Promise<BytesByPlace> {
  await ask(word);
  await work();
  return ask('end');
}

function print(what: string, places: BytesByPlace, deliveries: number): void {
  const rows = Object.entries(places)
    .map(([place, bytes]) => ({
      place: place.replace(root.href, '').replace(root.pathname, ''),
      bytes: Math.round(bytes / deliveries),
    }))
    .toSorted((one, other) => other.bytes - one.bytes);
  const add = (added: typeof rows) => added.reduce((sum, { bytes }) => sum + bytes, 0);
  const named = rows.filter(({ bytes }) => bytes >= least);
  const owners = Map.groupBy(rows, ({ place }) => toOwner(place));
  for (const { place, bytes } of [
    { place: 'all', bytes: add(rows) },
    ...[...owners].map(([owner, own]) => ({ place: `all of ${owner}`, bytes: add(own) })),
    ...named,
    { place: 'others', bytes: add(rows) - add(named) },
  ]) {
    process.stdout.write(`${what},${bytes},${place}\n`);
  }
}

/** `src`, a package, `node` or V8. */
function toOwner(place: string): string {
  return /^(?:node_modules\/)?((?:@[^/]+\/)?[^/: ]+)/.exec(place)?.[1] ?? place;
}

const cluster = await startBenchKafka();
const [broker] = cluster.brokers;
try {
  writeBodies(bodies, { batchSize: 1, count: 5_000, secret });
  const receiver = await startVariant(
    {
      name: 'receiver, Kafka',
      args: [
        ...[...readImageNodeOptions(), '--no-turbo-inlining'],
        ...['--import', new URL('sample-allocations.ts', import.meta.url).href],
        ...[new URL('src/comapi-webhook.mjs', root).pathname, 'receive'],
      ],
      env: {
        KAFKA_BROKERS: cluster.bootstrap,
        KAFKA_TOPIC: benchTopics.topic,
        KAFKA_DEAD_LETTER_TOPIC: benchTopics.deadLetterTopic,
      },
    },
    { secret, directory, core: 0 },
  );
  const load = { bodies, connections };
  await warmUp(receiver, { ...load, requests: 80_000 });
  process.stdout.write('what,bytes a delivery,place\n');
  const all = await sample(receiver, 'sample all', () =>
    sendBodies(receiver.url, { ...load, requests: counted }),
  );
  print('allocated', all, counted);

  const waiting: Promise<unknown>[] = [];
  const alive = await sample(receiver, 'sample alive', async () => {
    broker?.pause();
    waiting.push(sendBodies(receiver.url, { ...load, requests: connections }));
    await setTimeout(2_000);
  });
  print('alive while it waits', alive, connections);
  broker?.resume();
  await Promise.all(waiting);
  await receiver.stop();
} finally {
  await cluster.stop();
  rmSync(directory, { recursive: true, force: true });
}
