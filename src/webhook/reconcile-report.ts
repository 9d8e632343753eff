import type { SinkRecord } from '../sink/sink.ts';

/** As a canary's name: by it, consumers know and pass by what nobody but `comapi-webhook reconcile` has sent. */
export const reconcileEventName = 'webhook.reconcile';

/** The names of events whose counts are reported: no others become labels. */
export const reportedNames = [
  'message.sentRequest',
  'message.sent',
  'message.delivered',
  'message.read',
  'message.failed',
  'message.expired',
  'message.inbound',
] as const;

/** The last settled hours of a run, by how many. */
export const reportedWindows = { '1h': 1, '6h': 6, '24h': 24 } as const;
export type ReportedWindow = keyof typeof reportedWindows;

/** What a run of `comapi-webhook reconcile` compared. */
export const reportedParts = ['counts', 'names', 'registration'] as const;

/** What a run found. */
export interface ReconcileReport {
  /** Epoch milliseconds, by the sender's clock. */
  readonly sentAtMs: number;
  /** Of each part that was compared: whether nothing is missing. */
  readonly parts: Readonly<Partial<Record<(typeof reportedParts)[number], boolean>>>;
  readonly names: Readonly<Partial<Record<(typeof reportedNames)[number], ReportedCounts>>>;
}

export interface ReportedCounts {
  readonly missing: number;
  /** 0 to 1; absent when the provider counts nothing in these hours. */
  readonly storedRatio: Readonly<Partial<Record<ReportedWindow, number>>>;
}

/** What a verified body says of a run, as `readCanary`. Whatever it holds, the report has known names and finite numbers. */
export function readReconcileReport(events: readonly SinkRecord[]): ReconcileReport | undefined {
  const [event] = events;
  if (events.length !== 1 || event?.headers.ce_type !== reconcileEventName) {
    return undefined;
  }
  const payload = toMembers(toMembers(JSON.parse(event.value.toString())).payload);
  const parts = toMembers(payload.parts);
  const names = toMembers(payload.names);
  return {
    sentAtMs: toCount(event.headers.revision),
    parts: pick(reportedParts, (part) => (typeof parts[part] === 'boolean' ? parts[part] : undefined)),
    names: pick(reportedNames, (name) => {
      if (names[name] === undefined) {
        return undefined;
      }
      const { missing, storedRatio } = toMembers(names[name]);
      const ratios = toMembers(storedRatio);
      return {
        missing: toCount(missing),
        storedRatio: pick(Object.keys(reportedWindows) as ReportedWindow[], (window) =>
          typeof ratios[window] === 'number' ? Math.min(1, Math.max(0, ratios[window])) : undefined,
        ),
      };
    }),
  };
}

function pick<K extends string, T>(
  names: readonly K[],
  read: (name: K) => T | undefined,
): Partial<Record<K, T>> {
  const found: Partial<Record<K, T>> = {};
  for (const name of names) {
    const value = read(name);
    if (value !== undefined) {
      found[name] = value;
    }
  }
  return found;
}

function toMembers(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function toCount(value: unknown): number {
  // Members may be of any kind: of objects `Number` may throw.
  const count = typeof value === 'string' || typeof value === 'number' ? Number(value) : 0;
  return Number.isFinite(count) && count >= 0 ? count : 0;
}
