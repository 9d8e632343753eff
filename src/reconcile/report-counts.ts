import { randomUUID } from 'node:crypto';
import {
  type ReconcileReport,
  type ReportedWindow,
  reconcileEventName,
  reportedWindows,
} from '../webhook/reconcile-report.ts';
import { type CountComparison, storedRatio, sumCounts } from './compare-counts.ts';

/** What a receiver's metrics show of a comparison. */
export function toReportedCounts({ hours, names }: CountComparison): ReconcileReport['names'] {
  const settled = hours.filter(({ isSettled }) => isSettled);
  return Object.fromEntries(
    names.map(({ name, missing }) => {
      const ratios = (Object.keys(reportedWindows) as ReportedWindow[]).map((window) => {
        const counts = settled.slice(-reportedWindows[window]).flatMap((hour) => hour.names);
        return [
          window,
          storedRatio(
            sumCounts(
              name,
              counts.filter((each) => each.name === name),
            ),
          ),
        ];
      });
      return [name, { missing, storedRatio: Object.fromEntries(ratios) }];
    }),
  );
}

/** One entity for all reports: one key, so one partition, and one latest state. */
const entity = 'webhook-reconcile';

/** The event that tells a receiver of a run. */
export function createReportBody({ sentAtMs, ...found }: ReconcileReport): Buffer {
  return Buffer.from(
    JSON.stringify({
      eventId: randomUUID(),
      accountId: 0,
      apiSpaceId: '00000000-0000-4000-8000-000000000000',
      name: reconcileEventName,
      payload: { id: entity, ...found },
      revision: sentAtMs,
      etag: `"${sentAtMs}"`,
      timestamp: new Date(sentAtMs).toISOString(),
    }),
  );
}
