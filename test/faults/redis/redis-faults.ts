import { setTimeout as delay } from 'node:timers/promises';
import type { RedisPair } from '../../support/redis/redis-pair.ts';
import type { RedisProxy } from '../../support/redis/redis-proxy.ts';
import type { RedisServer } from '../../support/redis/redis-server.ts';
import type { SmallDisk } from '../journal/small-disk.ts';
import type { Service } from '../services/service.ts';

export interface RedisFaultContext extends RedisPair {
  /** What the service is connected to. */
  readonly proxy: RedisProxy;
  /** Between primary and replica. */
  readonly link: RedisProxy;
  /** Under the data of the primary, if a planned fault needs it. */
  readonly disk: SmallDisk | undefined;
  readonly service: Service;
  readonly random: () => number;
  /** This one has the streams from now on. */
  promoted(server: RedisServer): void;
}

/** Brings trouble for about `durationMs`, then takes it back. */
export interface RedisFault {
  readonly name: string;
  readonly needsDisk?: true;
  run(context: RedisFaultContext, durationMs: number): Promise<void>;
}

export const redisFaults: readonly RedisFault[] = [
  {
    name: 'kill -9 the primary',
    async run({ primary }, durationMs) {
      await primary.kill9();
      await delay(durationMs);
      await primary.start();
    },
  },
  {
    name: 'freeze the primary',
    async run({ primary }, durationMs) {
      primary.pause();
      await delay(durationMs);
      primary.resume();
    },
  },
  {
    name: 'kill -9 the replica',
    async run({ replica }, durationMs) {
      await replica.kill9();
      await delay(durationMs);
      await replica.start();
    },
  },
  {
    name: 'freeze the replica',
    async run({ replica }, durationMs) {
      replica.pause();
      await delay(durationMs);
      replica.resume();
    },
  },
  {
    name: 'memory full',
    async run({ primary }, durationMs) {
      await primary.ask('CONFIG', 'SET', 'maxmemory', '1mb');
      await delay(durationMs);
      await primary.ask('CONFIG', 'SET', 'maxmemory', '0');
    },
  },
  {
    name: 'disk of the primary full',
    needsDisk: true,
    async run({ primary, disk }, durationMs) {
      if (disk === undefined) {
        throw new Error('This primary has no disk that can be filled');
      }
      await disk.fill();
      await delay(durationMs);
      // What the server could not write is in its memory only.
      await primary.kill9();
      await disk.makeRoom();
      await primary.start();
    },
  },
  {
    name: 'connections cut',
    async run({ proxy, random }, durationMs) {
      for (const end = Date.now() + durationMs; Date.now() < end; await delay(50 + random() * 500)) {
        proxy.cutAll();
      }
    },
  },
  {
    name: 'network frozen',
    async run({ proxy }, durationMs) {
      proxy.freeze();
      await delay(durationMs);
      proxy.pass();
    },
  },
  ...(['cut', 'silent'] as const).map((ending) => ({
    name: `answers dropped, connection ${ending}`,
    async run({ proxy, random }: RedisFaultContext, durationMs: number) {
      proxy.loseAnswers({ probability: ending === 'cut' ? 0.05 + random() * 0.2 : 0.02, ending });
      await delay(durationMs);
      proxy.pass();
    },
  })),
  {
    name: 'kill -9 the receiver',
    async run({ service }, durationMs) {
      await service.process.kill9();
      await delay(durationMs / 4);
      await service.process.start();
    },
  },
  {
    // The replica is behind when the primary dies, as it is when the network between them is slow.
    name: 'failover to a replica that is behind',
    async run({ primary, replica, proxy, link, promoted }, durationMs) {
      link.freeze();
      await delay(durationMs / 2);
      await primary.kill9();
      link.cutAll();
      await replica.ask('REPLICAOF', 'NO', 'ONE');
      promoted(replica);
      proxy.leadTo(replica.port);
      proxy.cutAll();
      await delay(durationMs / 2);
      await primary.start();
      await primary.ask('REPLICAOF', '127.0.0.1', String(replica.port));
    },
  },
];

export function findRedisFault(name: string): RedisFault {
  const found = redisFaults.find((fault) => fault.name.includes(name));
  if (found === undefined) {
    throw new Error(
      `No fault has "${name}" in its name: ${redisFaults.map((fault) => fault.name).join('; ')}`,
    );
  }
  return found;
}
