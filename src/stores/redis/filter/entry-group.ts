import { firstId, parseEntries, parseStreams, type StreamEntries } from '../read-stream.ts';
import type { RedisClient, Reply } from '../redis-client.ts';
import { RedisError } from '../redis-error.ts';

export interface EntryGroupOptions {
  readonly client: Pick<RedisClient, 'call' | 'callForBytes'>;
  readonly streams: readonly string[];
  readonly group: string;
  /** Name of this member. */
  readonly consumer: string;
}

/** A place in the consumer group of some streams. Each entry is delivered to one member, until it is acknowledged. */
export interface EntryGroup {
  /** Creates the group where it is missing, from the first entry on. */
  create(): Promise<void>;
  /** Entries that nobody has had yet; waits for the first one. */
  read(waitMs: number): Promise<readonly StreamEntries[]>;
  /** Entries that this member has had before, and has not acknowledged; each once. */
  readAgain(): AsyncGenerator<readonly StreamEntries[]>;
  /** Takes over what a member, this one too, has had for so long without acknowledging it: each time the next of them. */
  claim(idleMs: number): Promise<readonly StreamEntries[]>;
  /** Entries of each stream that are not acknowledged; `undefined` where the server does not know. */
  readLags(): Promise<ReadonlyMap<string, number | undefined>>;
  /** Leaves the group, unless entries would be lost with the place. */
  leave(): Promise<void>;
}

const pageEntries = 500;

/** With a member the group loses what was delivered to it and is not acknowledged. */
const leaveScript = `
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) == 0 then
  return redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
end
return 0
`;

export function createEntryGroup({ client, streams, group, consumer }: EntryGroupOptions): EntryGroup {
  /** Where the next claim goes on. */
  const claimFrom = new Map<string, string>();

  async function createIn(stream: string): Promise<void> {
    try {
      await client.call(['XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM']);
    } catch (error) {
      if (!(error instanceof RedisError && error.message.startsWith('BUSYGROUP'))) {
        throw error;
      }
    }
  }

  async function claimIn(stream: string, idleMs: number): Promise<StreamEntries> {
    const reply = await client.callForBytes([
      'XAUTOCLAIM',
      stream,
      group,
      consumer,
      String(idleMs),
      claimFrom.get(stream) ?? firstId,
      'COUNT',
      String(pageEntries),
    ]);
    const [next, entries] = Array.isArray(reply) ? reply : [];
    claimFrom.set(stream, String(next ?? firstId));
    return { stream, entries: parseEntries(entries ?? null) };
  }

  async function readFrom(
    ids: readonly string[],
    options: readonly string[],
  ): Promise<readonly StreamEntries[]> {
    const reply = await client.callForBytes([
      'XREADGROUP',
      'GROUP',
      group,
      consumer,
      'COUNT',
      String(pageEntries),
      ...options,
      'STREAMS',
      ...streams,
      ...ids,
    ]);
    return parseStreams(reply);
  }

  return {
    async create() {
      for (const stream of streams) {
        await createIn(stream);
      }
    },
    read: (waitMs) =>
      readFrom(
        streams.map(() => '>'),
        ['BLOCK', String(waitMs)],
      ),
    async *readAgain() {
      const last = new Map<string, string>();
      for (;;) {
        const page = await readFrom(
          streams.map((stream) => last.get(stream) ?? firstId),
          [],
        );
        if (page.every(({ lastRead }) => lastRead === undefined)) {
          return;
        }
        yield page;
        for (const { stream, lastRead } of page) {
          last.set(stream, lastRead ?? last.get(stream) ?? firstId);
        }
      }
    },
    async claim(idleMs) {
      const claimed: StreamEntries[] = [];
      for (const stream of streams) {
        claimed.push(await claimIn(stream, idleMs));
      }
      return claimed;
    },
    async readLags() {
      const lags = new Map<string, number | undefined>();
      for (const stream of streams) {
        lags.set(stream, toLag(await client.call(['XINFO', 'GROUPS', stream]), group));
      }
      return lags;
    },
    async leave() {
      for (const stream of streams) {
        await client.call(['EVAL', leaveScript, '1', stream, group, consumer]);
      }
    },
  };
}

function toLag(groups: Reply, group: string): number | undefined {
  for (const flat of Array.isArray(groups) ? (groups as readonly Reply[]) : []) {
    const fields = Array.isArray(flat) ? (flat as readonly Reply[]) : [];
    const find = (name: string) => {
      const at = fields.indexOf(name);
      return at < 0 ? undefined : fields[at + 1];
    };
    if (find('name') === group) {
      const [lag, pending] = [find('lag'), find('pending')];
      return typeof lag === 'number' && typeof pending === 'number' ? lag + pending : undefined;
    }
  }
  return undefined;
}
