import { javaPartition } from '../../../faults/verdict/java-partition.ts';
import { runAtRandomMoments } from '../../world/at-random-moments.ts';
import type { World } from '../../world/world.ts';
import { nextId } from '../entry-id.ts';
import { makeStream, readStream } from '../keyspace.ts';
import type { RedisService } from '../redis-service.ts';

interface EventWriterDeps {
  readonly world: World;
  readonly service: RedisService;
  /** The events of an entity are in one of them. */
  readonly streams: readonly string[];
}

/** Writes events to their streams, as receivers do: late and repeated ones too, and some that are none. */
export interface EventWriter {
  /** Writes at random moments from now on, until then. */
  run(untilMs: number): void;
  /** One more event of each entity. */
  writeToAll(): void;
  readonly count: number;
}

const entityCount = 12;

export function createEventWriter({ world, service, streams }: EventWriterDeps): EventWriter {
  const { random } = world;
  const highest = new Map<string, bigint>();
  let count = 0;

  function chooseRevision(entity: string): bigint {
    const known = highest.get(entity) ?? random.pick([0n, 8n, 9_007_199_254_740_990n]);
    // Mostly the next one; some come again, or too late.
    const revision = random.chance(0.6)
      ? known + BigInt(random.between(1, 3))
      : known - BigInt(random.int(Math.min(4, Number(known) + 1)));
    highest.set(entity, revision > known ? revision : known);
    return revision;
  }

  function write(entity: string, isEvent: boolean): void {
    const stream = streams[javaPartition(Buffer.from(entity), streams.length)] as string;
    const node = service.primary();
    if (node.isRunning() && node.data().get(stream)?.kind !== 'string') {
      count += 1;
      const fields = isEvent
        ? toFields(entity, random.chance(0.9) ? chooseRevision(entity) : undefined, count)
        : ['key', entity, 'value', `no event ${count}`];
      const id = nextId(readStream(node.data(), stream)?.lastId ?? [0, 0], Date.now());
      node.change((data) => {
        const written = makeStream(data, stream);
        written.entries.push({ id, fields });
        written.lastId = id;
      });
    }
  }

  const chooseEntity = () => `entity-${random.int(entityCount)}`;

  function writeSome(): void {
    for (let left = random.between(1, random.chance(0.1) ? 30 : 4); left > 0; left -= 1) {
      write(chooseEntity(), random.chance(0.97));
    }
  }

  return {
    get count() {
      return count;
    },
    run: (untilMs) => runAtRandomMoments(world, untilMs, writeSome),
    writeToAll() {
      for (let index = 0; index < entityCount; index += 1) {
        write(`entity-${index}`, true);
      }
    },
  };
}

function toFields(entity: string, revision: bigint | undefined, number: number): readonly string[] {
  return [
    ...['key', entity, 'value', `{"number":${number}}`],
    ...[
      'ce_specversion',
      '1.0',
      'ce_id',
      `event-${number}`,
      'ce_type',
      'message.delivered',
      'ce_subject',
      entity,
    ],
    ...(revision === undefined ? [] : ['revision', String(revision)]),
  ];
}
