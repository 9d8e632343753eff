import { formatCount, formatDuration } from '../../runtime/format.ts';
import {
  describeFailedChecks,
  describeSince,
  findStates,
  formatTime,
  isDraining,
  type ProcessState,
} from './process-state.ts';
import type { FilterFacts, HeadlineReport } from './status-report.ts';

const filterAlert = { alert: 'ComapiWebhookFilterLag', runbook: 'filter.md' } as const;

/** Time after which the lag alert fires. */
const lagAlertSeconds = 300;
const logResetDisplayMs = 15 * 60_000;
/** Time that a member may take to join its consumer group. */
const groupJoinGraceMs = 15_000;

/** All states of a revision filter, starting with the most severe. */
export const filterStates: readonly ProcessState<FilterFacts>[] = [
  {
    id: 'filter_draining',
    tone: 'warning',
    noAlert: 'This state is part of every shutdown.',
    find: (facts) =>
      isDraining(facts) && {
        text: 'The filter is shutting down, and another process takes over its partitions.',
        nextStep: 'Do nothing if somebody stopped this process or a rollout is in progress.',
      },
  },
  {
    id: 'filter_starting',
    tone: 'warning',
    noAlert: 'This state lasts for at most 15 seconds.',
    find: (facts) =>
      isFilterStarting(facts) && {
        text: 'The filter is starting and is not ready yet.',
        nextStep: `Wait for a few seconds. ${describeFailedChecks(facts)}`,
      },
  },
  {
    id: 'filter_waiting',
    tone: 'bad',
    ...filterAlert,
    find: (facts) =>
      !facts.ready &&
      !isFilterStarting(facts) &&
      facts.checks.some(({ name, ok }) => !ok && ['topics', 'group'].includes(name)) && {
        text: 'The filter does not process events, because it is not a member of its consumer group or its topics are unusable.',
        nextStep: `Correct what the failed checks report. ${describeFailedChecks(facts)}`,
      },
  },
  {
    id: 'filter_restoring',
    tone: 'warning',
    ...filterAlert,
    find: (facts) => {
      const restoringPartitions = facts.partitions.filter(({ state }) => state !== 'running');
      return (
        restoringPartitions.length !== 0 && {
          text: `${formatCount(restoringPartitions.length, 'partition')} of ${facts.partitions.length} ${restoringPartitions.length === 1 ? 'is' : 'are'} not running yet (${[...new Set(restoringPartitions.map(({ state }) => state))].join(', ')}), so latest states are outdated.`,
          nextStep: `Wait until the state of the partitions is restored. ${describeFailedChecks(facts)}`,
        }
      );
    },
  },
  {
    id: 'filter_stalled',
    tone: 'bad',
    ...filterAlert,
    find: (facts) =>
      !facts.ready &&
      !isDraining(facts) &&
      !isFilterStarting(facts) && {
        text: 'The filter has stopped making progress, so latest states are outdated.',
        nextStep: `Correct what the failed checks report. ${describeFailedChecks(facts)}`,
      },
  },
  {
    id: 'filter_lagging',
    tone: 'warning',
    ...filterAlert,
    find: ({ partitions, recordsPerMinute }) => {
      const lag = partitions.reduce((sum, partition) => sum + (partition.lag ?? 0), 0);
      const seconds = (60 * lag) / recordsPerMinute;
      return (
        lag !== 0 &&
        recordsPerMinute !== 0 &&
        seconds >= lagAlertSeconds && {
          text: `${formatCount(lag, 'record')} wait for the filter, which needs ${formatDuration(1_000 * seconds)} to catch up at its current rate.`,
          nextStep: 'Add processes, up to the number of partitions, or check the brokers for slow responses.',
        }
      );
    },
  },
  {
    id: 'filter_log_reset',
    tone: 'warning',
    alert: 'ComapiWebhookFilterLogReset',
    runbook: 'filter.md',
    find: ({ lastReset, at }) =>
      lastReset !== undefined &&
      Date.parse(at) - Date.parse(lastReset.at) <= logResetDisplayMs && {
        text: `The filter detected at ${formatTime(lastReset.at, at)} that one of its topics had lost records (partition ${lastReset.partition}, ${lastReset.reason}).`,
        nextStep: 'Find out who deleted, recreated or truncated the topic.',
      },
  },
  {
    id: 'filtering',
    tone: 'good',
    noAlert: 'Nothing is wrong.',
    find: (facts) => ({ text: `Events have been filtered ${describeSince(facts.startedAt, facts)}.` }),
  },
];

/** Returns the most severe state of a revision filter, and all other states that are not good. */
export function decideFilterHeadline(facts: FilterFacts): HeadlineReport {
  return findStates(filterStates, facts);
}

function isFilterStarting({ ready, startedAt, at }: FilterFacts): boolean {
  return !ready && Date.parse(at) - Date.parse(startedAt) < groupJoinGraceMs;
}
