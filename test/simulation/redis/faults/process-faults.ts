import type { RedisNode } from '../redis-node.ts';
import type { RedisService } from '../redis-service.ts';
import { type ApplyFault, long, nothing, type RedisFaultKind, short } from './fault-kind.ts';

/** Of the processes, and of the machines under them. */
export const processFaults: Readonly<Record<string, RedisFaultKind>> = {
  kill: { forMs: short, apply: kill('written', (service) => service.primary()) },
  'power cut': { forMs: short, apply: kill('synced', (service) => service.primary()) },
  'replica killed': { forMs: short, apply: kill('synced', (service) => service.replica()) },
  'replica cut off': {
    forMs: long,
    apply({ service }) {
      service.setLink(false);
      return () => service.setLink(true);
    },
  },
  pause: {
    forMs: long,
    apply({ service }) {
      const node = service.primary();
      node.pause();
      return () => node.resume();
    },
  },
  failover: {
    amount: [1, 5_000],
    apply({ service }, { amount = 0 }) {
      service.failOver(amount);
      return nothing;
    },
  },
  'failover of a dead primary': {
    forMs: short,
    apply({ service }) {
      const node = service.primary();
      service.kill(node, 'synced');
      service.failOver(1);
      return () => service.start(node);
    },
  },
  'file off': {
    forMs: short,
    apply({ service }) {
      const node = service.primary();
      node.file.set(false);
      return () => node.file.set(true);
    },
  },
};

function kill(
  keeps: 'written' | 'synced',
  choose: (service: RedisService) => RedisNode | undefined,
): ApplyFault {
  return ({ service }) => {
    const node = choose(service);
    if (node === undefined) {
      return nothing;
    }
    service.kill(node, keeps);
    return () => service.start(node);
  };
}
