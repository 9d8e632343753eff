import { type AlertCase, type AlertCases, everyTenMinutes } from './alert-case.ts';

const cronJob = 'events-comapi-webhook-receiver-reconcile';
const stateMetrics = { namespace: 'messaging', job: 'kube-state-metrics' };
const where = 'namespace="messaging",job="kube-state-metrics"';

/**
 * Returns the series of a job run: its start time, and its state in each sample (`1`: completed, `0`: not completed).
 */
function run(
  name: string,
  { start, complete = '0', failed = '0' }: { start: string; complete?: string; failed?: string },
): Record<string, string> {
  const labels = `${where},job_name="${name}"`;
  return {
    [`kube_job_status_start_time{${labels}}`]: start,
    [`kube_job_complete{${labels},condition="true"}`]: complete,
    [`kube_job_failed{${labels},condition="true"}`]: failed,
  };
}

const created = (values: string): Record<string, string> => ({
  [`kube_cronjob_created{${where},cronjob="${cronJob}"}`]: values,
});
const scheduled = (values: string): Record<string, string> => ({
  [`kube_cronjob_status_last_schedule_time{${where},cronjob="${cronJob}"}`]: values,
});
const firstRun = `${cronJob}-29000001`;
const secondRun = `${cronJob}-29000002`;

const ofRuns: readonly AlertCase[] = [
  {
    what: 'the last run failed, after one that was good',
    series: {
      ...run(firstRun, { start: '600x60', complete: '1x60' }),
      ...run(secondRun, { start: '_x36 22200x24', complete: '_x36 0x24', failed: '_x36 0 1x23' }),
    },
    at: '7h',
    fires: { ...stateMetrics, job_name: secondRun },
  },
  {
    what: 'a later run was good, and the failed one is kept for its log',
    series: {
      ...run(firstRun, { start: '600x60', failed: '1x60' }),
      ...run(secondRun, { start: '_x36 22200x24', complete: '_x36 0 1x23' }),
    },
    at: '8h',
    fires: undefined,
  },
  {
    what: 'the run after a failed one has not ended: nobody knows more',
    series: {
      ...run(firstRun, { start: '600x60', failed: '1x60' }),
      ...run(secondRun, { start: '_x36 22200x24' }),
    },
    at: '8h',
    fires: { ...stateMetrics, job_name: firstRun },
  },
  {
    what: 'the job of another release failed, and that of another cluster was good later',
    series: {
      ...run('other-reconcile-29000001', { start: '600x30', failed: '1x30' }),
      ...run(firstRun, { start: '1200x30', complete: '1x30' }),
    },
    silentUntil: '2h',
  },
];

/** Series about the CronJob itself. */
const ofSchedule: readonly AlertCase[] = [
  {
    what: 'no run has ever begun',
    series: created('0x140'),
    at: '20h',
    fires: stateMetrics,
  },
  {
    what: 'the last run began yesterday',
    series: { ...created('0x180'), ...scheduled('3600x180') },
    at: '21h',
    fires: stateMetrics,
  },
  {
    what: 'there is no kube-state-metrics',
    series: { up: '1x10' },
    at: '1h',
    fires: { namespace: 'messaging', cronjob: cronJob },
  },
  {
    what: 'a run begins every six hours',
    series: { ...created('0x150'), ...scheduled('_x35 21600x35 43200x35 64800x45') },
    silentUntil: '25h',
  },
];

/**
 * Test cases whose samples are ten minutes apart. If a case has job runs, their CronJob exists and has started them on
 * time.
 */
export const reconcileCases: AlertCases = {
  ComapiWebhookReconcileFailed: everyTenMinutes([
    ...ofRuns.map((each) => ({
      ...each,
      series: { ...created('0x160'), ...scheduled('0+600x160'), ...each.series },
    })),
    ...ofSchedule,
  ]),
};
