import { long, nothing, type RedisFaultKind } from './fault-kind.ts';

const cutKinds = ['reset', 'end', 'silence'] as const;

/** By the way to the server, as one connection or many see it. */
export const networkFaults: Readonly<Record<string, RedisFaultKind>> = {
  cut: {
    amount: [0, 2],
    apply({ network, address }, { amount = 0 }) {
      network.link(address).cut(cutKinds[amount] ?? 'reset');
      return nothing;
    },
  },
  'cut after bytes': {
    amount: [0, 3_000],
    apply({ network, address }, { amount = 0 }) {
      network.link(address).cutAfter(amount);
      return nothing;
    },
  },
  freeze: {
    forMs: long,
    apply({ network, address }) {
      network.link(address).freeze();
      return () => network.link(address).thaw();
    },
  },
  refuse: {
    forMs: long,
    apply({ network, address }) {
      network.link(address).refuse();
      network.link(address).cut('reset');
      return () => network.link(address).admit();
    },
  },
  slow: {
    forMs: long,
    amount: [10, 1_500],
    apply({ network, address }, { amount = 0 }) {
      network.link(address).slow(amount);
      return () => network.link(address).slow(0);
    },
  },
};
