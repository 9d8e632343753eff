import type { SinkRecord } from '../ports/sink.ts';
import { ownEventNames } from './own-events.ts';

/** A delivery of a run of `comapi-webhook canary`: `last` ends a good run. */
export type CanaryMark = 'part' | 'last';

/** A delivery of `comapi-webhook canary`. */
export interface Canary {
  readonly mark: CanaryMark;
  /** Epoch milliseconds, by the sender's clock. */
  readonly sentAtMs: number;
  /** Epoch milliseconds: from when to when the certificate of the public URL is valid. */
  readonly certificateStartMs: number | undefined;
  readonly certificateEndMs: number | undefined;
}

/**
 * What a verified body says of itself. It is asked, not a header of the request: headers are not signed, so anybody could
 * add one to a delivery that was recorded. A recorded canary has its old time.
 */
export function readCanary(events: readonly SinkRecord[]): Canary | undefined {
  const [event] = events;
  if (events.length !== 1 || event?.headers.ce_type !== ownEventNames.canary) {
    return undefined;
  }
  const { payload } = JSON.parse(event.value.toString()) as {
    payload?: { mark?: unknown; certificateStart?: unknown; certificateEnd?: unknown } | null;
  };
  return {
    mark: payload?.mark === 'last' ? 'last' : 'part',
    sentAtMs: Number(event.headers.revision ?? 0),
    certificateStartMs: toEpochMs(payload?.certificateStart),
    certificateEndMs: toEpochMs(payload?.certificateEnd),
  };
}

function toEpochMs(text: unknown): number | undefined {
  const ms = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
