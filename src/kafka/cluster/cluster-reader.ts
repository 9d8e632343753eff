import { toLinkError } from '../errors/link-error.ts';
import { type BrokerAddress, formatBrokerAddress, parseBrokerAddress } from '../kafkajs/broker-address.ts';
import type { BrokerLink, OpenBrokerLink } from './broker-link.ts';
import type { ClusterView } from './cluster-view.ts';

/** Asks the cluster, over connections that carry nothing else: a produce request cannot hold a question up. */
export interface ClusterReader {
  /**
   * @param another do not ask the broker that answered last: it may be the one whose view is old
   * @throws LinkError of the last broker asked when none answers
   */
  read(topics: readonly string[], another?: { readonly another: boolean }): Promise<ClusterView>;
  /** The settings of a topic, from the broker that answered last. */
  describeTopic(topic: string): Promise<ReadonlyMap<string, string> | undefined>;
  close(): void;
}

interface ClusterReaderDeps {
  readonly bootstrap: readonly string[];
  readonly openLink: OpenBrokerLink;
  readonly hedgeMs: number;
}

/** At most so many brokers are asked at once. */
const maxCandidates = 4;

export function createClusterReader({ bootstrap, openLink, hedgeMs }: ClusterReaderDeps): ClusterReader {
  const seeds = bootstrap.map(parseBrokerAddress);
  let known: BrokerAddress[] = [];
  let kept: BrokerLink | undefined;
  let turn = 0;
  let closed = false;

  /** Live brokers first, in turn; the configured addresses last, for a cluster that has moved as a whole. */
  function candidates(): BrokerAddress[] {
    turn += 1;
    const rotated = known.map((_, index) => known[(index + turn) % known.length] as BrokerAddress);
    const unique = new Map([...rotated, ...seeds].map((address) => [formatBrokerAddress(address), address]));
    const list = [...unique.values()];
    const offset = list.length > maxCandidates ? turn % list.length : 0;
    return [...list.slice(offset), ...list.slice(0, offset)].slice(0, maxCandidates);
  }

  async function ask(link: BrokerLink, topics: readonly string[]): Promise<ClusterView> {
    if (!link.isOpen()) {
      await link.connect();
    }
    return link.describeCluster(topics);
  }

  return {
    async read(topics, { another } = { another: false }) {
      const usable = kept?.isOpen() ? kept : undefined;
      const links: (() => BrokerLink)[] = candidates()
        .filter(
          ({ host, port }) =>
            usable === undefined || usable.address.host !== host || usable.address.port !== port,
        )
        .map((address) => () => openLink(address));
      if (usable !== undefined) {
        links.splice(another ? links.length : 0, 0, () => usable);
      }
      const { link, view } = await hedge(links, (each) => ask(each, topics), hedgeMs);
      if (usable !== undefined && usable !== link) {
        usable.close();
      }
      if (closed) {
        link.close();
      } else {
        kept = link;
      }
      known = [...view.brokers.values()];
      return view;
    },
    async describeTopic(topic) {
      if (!kept?.isOpen()) {
        throw new Error('no broker has answered yet');
      }
      return kept.describeTopic(topic);
    },
    close() {
      closed = true;
      kept?.close();
    },
  };
}

/**
 * Asks one link after the other, the next when the last one failed or has not answered in time. The first answer wins;
 * the others are closed.
 */
function hedge(
  links: readonly (() => BrokerLink)[],
  ask: (link: BrokerLink) => Promise<ClusterView>,
  hedgeMs: number,
): Promise<{ link: BrokerLink; view: ClusterView }> {
  return new Promise((resolve, reject) => {
    const asked = new Set<BrokerLink>();
    let next = 0;
    let done = false;
    let timer: NodeJS.Timeout | undefined;

    function finish(winner?: BrokerLink): void {
      done = true;
      clearTimeout(timer);
      for (const link of asked) {
        if (link !== winner) {
          link.close();
        }
      }
    }

    async function askNext(): Promise<void> {
      clearTimeout(timer);
      const open = links[next];
      if (done || open === undefined) {
        return;
      }
      next += 1;
      const link = open();
      asked.add(link);
      timer = setTimeout(() => void askNext(), hedgeMs);
      try {
        const view = await ask(link);
        if (!done) {
          finish(link);
          resolve({ link, view });
        }
      } catch (error) {
        asked.delete(link);
        link.close();
        if (!done && next === links.length && asked.size === 0) {
          finish();
          reject(toLinkError(error));
        } else {
          await askNext();
        }
      }
    }
    void askNext();
  });
}
