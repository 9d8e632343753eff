import type { Clock } from '../runtime/clock.ts';
import type { MetricFactory } from '../runtime/metric-factory.ts';
import type { ReconcileReport } from '../webhook/reconcile-report.ts';

export interface ReconcileMetrics {
  observe(report: ReconcileReport): void;
}

/**
 * What the last run of `comapi-webhook reconcile` said that reported to this process. Another process may have a newer report:
 * of several take that with the latest time.
 */
export function createReconcileMetrics({ collectedGauge }: MetricFactory, clock: Clock): ReconcileMetrics {
  let last: ReconcileReport = { sentAtMs: 0, parts: {}, names: {} };
  collectedGauge(
    'last_reconcile_timestamp_seconds',
    'When the run of reconcile ended whose report this process has; 0 before the first one.',
    (gauge) => gauge.set(last.sentAtMs / 1000),
  );
  collectedGauge(
    'reconcile_good',
    'Of each part that this run compared: 1 when nothing is missing or differs, else 0.',
    (gauge) => {
      gauge.reset();
      for (const [part, isGood] of Object.entries(last.parts)) {
        gauge.set({ part }, Number(isGood));
      }
    },
    ['part'],
  );
  collectedGauge(
    'reconcile_missing_events',
    'Events that the provider counts and that are not stored, of the hours which this run judged.',
    (gauge) => {
      gauge.reset();
      for (const [name, { missing }] of Object.entries(last.names)) {
        gauge.set({ name }, missing);
      }
    },
    ['name'],
  );
  collectedGauge(
    'reconcile_stored_ratio',
    'Share of the events counted by the provider that are stored, of the last 1, 6 and 24 hours which this run judged.',
    (gauge) => {
      gauge.reset();
      for (const [name, { storedRatio }] of Object.entries(last.names)) {
        for (const [window, ratio] of Object.entries(storedRatio)) {
          gauge.set({ name, window }, ratio);
        }
      }
    },
    ['name', 'window'],
  );

  return {
    observe(report) {
      // The time is of the signed body, so that a recorded one does not count as new.
      const sentAtMs = Math.min(report.sentAtMs, clock.epochMs());
      if (sentAtMs > last.sentAtMs) {
        last = { ...report, sentAtMs };
      }
    },
  };
}
