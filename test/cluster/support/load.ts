import { setTimeout as delay } from 'node:timers/promises';
import type { TlsClient } from './tls-client.ts';

export interface LoadOptions {
  readonly client: TlsClient;
  readonly path: string;
  readonly secret: string;
  readonly workers: number;
  /**
   * Total rate of all workers, in deliveries per second. If absent, each worker sends the next delivery as soon as it
   * gets a response.
   */
  readonly perSecond?: number;
}

export type Load = ReturnType<typeof startLoad>;
export type LoadReport = Awaited<ReturnType<Load['stop']>>;

/** Posts signed events over persistent connections until it is stopped. */
export function startLoad({ client, path, secret, workers, perSecond = 0 }: LoadOptions) {
  const acknowledged = new Set<string>();
  /** Descriptions of responses other than 200 and of failed connections. */
  const failures: string[] = [];
  const stopping = new AbortController();

  async function work(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        const { status, text, retryAfter, eventId } = await client.postEvent(path, secret);
        if (status === 200) {
          acknowledged.add(eventId);
        } else {
          failures.push(`${status} ${text} Retry-After: ${retryAfter ?? 'none'}`);
        }
      } catch (error) {
        failures.push(String(error));
      }
      if (perSecond > 0) {
        await delay((workers / perSecond) * 1_000);
      }
    }
  }

  const running = Promise.all(Array.from({ length: workers }, work));
  return {
    get deliveries() {
      return acknowledged.size + failures.length;
    },
    /** Waits until the deliveries in flight have finished. */
    async stop() {
      stopping.abort();
      await running;
      return { acknowledged, failures };
    },
  };
}
