import { formatBytes, formatCount, formatDuration } from '../../runtime/format.ts';
import {
  describeFailedChecks,
  describeSince,
  ensureFullStop,
  findStates,
  formatTime,
  isDraining,
  type ProcessState,
  type StateText,
} from './process-state.ts';
import type { HeadlineReport, ReceiverFacts, RegistrationReport } from './status-report.ts';

const storeNames: Readonly<Record<string, string>> = {
  kafka: 'Kafka',
  rabbitmq: 'RabbitMQ',
  redis: 'Redis',
  journal: 'The journal',
};

/** Time after the start during which it is normal that the store has not responded yet. */
const storeStartMs = 15_000;
const silenceAlertMs = 24 * 3_600_000;
/** Share of used spool capacity at which the spool alert fires. */
const spoolAlertShare = 0.8;
const minFreeBytes = 1024 ** 3;
/** Maximum number of events in a delivery. */
const maxEventsPerDelivery = 500;
/** Remaining validity at which a certificate warning appears. The certificate alert has the same threshold. */
const certificateWarningDays = 14;
const dayMs = 86_400_000;

/**
 * All states of a receiver, starting with the most severe: first permanent loss of events, then rejected events, then
 * warnings.
 */
export const receiverStates: readonly ProcessState<ReceiverFacts>[] = [
  {
    id: 'record_lost',
    tone: 'bad',
    alert: 'ComapiWebhookRecordLost',
    runbook: 'data-loss.md',
    find: ({ store, readBack: { lost } }) =>
      lost !== undefined && {
        text: `${formatStoreName(store)} has lost a record that it had acknowledged: ${lost}`,
        nextStep: 'Find out what the store lost before anything else is deleted. Follow the runbook.',
      },
  },
  {
    id: 'ledger_unbalanced',
    tone: 'bad',
    alert: 'ComapiWebhookLedgerUnbalanced',
    runbook: 'data-loss.md',
    find({ ledger: { received, settled }, inFlight }) {
      const unsettledCount = received - settled;
      return (
        Math.abs(unsettledCount) > maxEventsPerDelivery * inFlight.requests && {
          text: `${formatCount(Math.abs(unsettledCount), 'received event')} ${unsettledCount === 1 ? 'has' : 'have'} no outcome, which is a defect of the receiver.`,
          nextStep: 'Save the log of this process, and report the defect.',
        }
      );
    },
  },
  {
    id: 'wrong_signatures',
    tone: 'bad',
    alert: 'ComapiWebhookSignatureFailures',
    runbook: 'signature-failures.md',
    find: (facts) =>
      describeFirstProblem(facts.registrations, ({ name, wronglySigned }) => {
        if (wronglySigned === undefined) {
          return false;
        }
        const { since, cause, nextStep, ofWebhook } = wronglySigned;
        return {
          text: `Deliveries to ${name} have been rejected with 401 ${describeSince(since, facts)}, because ${describeCause(cause, ofWebhook)} (${cause}).`,
          nextStep: `${removeFirstSentence(nextStep)} This state ends with the next accepted delivery to ${name}.`,
        };
      }),
  },
  {
    id: 'store_and_spool_unavailable',
    tone: 'bad',
    alert: 'ComapiWebhookStoreUnavailable',
    runbook: 'store-unavailable.md',
    find: (facts) =>
      facts.spool?.problem !== undefined &&
      !facts.store.up &&
      !isReceiverStarting(facts) && {
        text: `${formatStoreName(facts.store)} has been unavailable ${describeOutage(facts)} and the spool rejects writes, so the receiver returns 503.`,
        nextStep: `Make the store available again: ${ensureFullStop(facts.store.detail)} Or make the spool writable: ${ensureFullStop(facts.spool.problem)} ${describeLostEvents(facts)}`,
      },
  },
  {
    id: 'store_unavailable',
    tone: 'bad',
    alert: 'ComapiWebhookStoreUnavailable',
    runbook: 'store-unavailable.md',
    find: (facts) =>
      isStoreDown(facts) &&
      facts.spool?.problem === undefined &&
      !isReceiverStarting(facts) && {
        text: `${formatStoreName(facts.store)} has been unavailable ${describeOutage(facts)}, so the receiver returns 503.`,
        nextStep: `Make the store available again: ${ensureFullStop(facts.store.detail)} ${describeLostEvents(facts)}`,
      },
  },
  {
    id: 'no_usable_secret',
    tone: 'bad',
    alert: 'ComapiWebhookSecretUnusable',
    runbook: 'secret-unusable.md',
    find: ({ registrations }) =>
      describeFirstProblem(
        registrations,
        ({ name, secrets }) =>
          secrets.every(({ problem }) => problem !== undefined) && {
            text: `The webhook ${name} has no usable secret, so the receiver returns 503 for its deliveries.`,
            nextStep: describeProblems(`Give ${name} a usable secret.`, secrets),
          },
      ),
  },
  {
    id: 'certificate_expired',
    tone: 'bad',
    alert: 'ComapiWebhookCertificateUnusable',
    runbook: 'secret-unusable.md',
    find({ certificate, at }) {
      const expiresAt = certificate?.expiresAt;
      return (
        expiresAt !== undefined &&
        Date.parse(expiresAt) <= Date.parse(at) && {
          text: `The TLS certificate expired at ${formatTime(expiresAt, at)}, so the provider cannot connect.`,
          nextStep: describeCertificateRenewal(certificate?.problem),
        }
      );
    },
  },
  {
    id: 'topic_unusable',
    tone: 'bad',
    alert: 'ComapiWebhookTopicWeak',
    runbook: 'data-loss.md',
    find: ({ store: { up, topics } }) =>
      describeFirstProblem(
        topics,
        ({ topic, verdict, findings, problem }) =>
          up &&
          verdict === 'error' && {
            text: `The topic ${topic} is unusable, so its events are rejected.`,
            nextStep: describeTopic(findings, problem),
          },
      ),
  },
  {
    id: 'partition_unavailable',
    tone: 'bad',
    alert: 'ComapiWebhookErrorBudgetBurn',
    runbook: 'store-unavailable.md',
    find: (facts) =>
      facts.store.up &&
      facts.spool === undefined &&
      describePartitions(facts, 'the receiver returns 503 for some deliveries'),
  },
  {
    id: 'deliveries_rejected',
    tone: 'bad',
    alert: 'ComapiWebhookErrorBudgetBurn',
    runbook: 'store-unavailable.md',
    find: (facts) => !isStoreDown(facts) && describeRejections(facts, isStoreRelatedReason),
  },
  {
    id: 'deliveries_turned_away',
    tone: 'bad',
    alert: 'ComapiWebhookTurnedAway',
    runbook: 'turned-away.md',
    find: (facts) => describeRejections(facts, (reason) => !isStoreRelatedReason(reason)),
  },
  {
    id: 'spool_filling',
    tone: 'bad',
    alert: 'ComapiWebhookSpoolFilling',
    runbook: 'spool.md',
    find: ({ store, spool }) =>
      spool !== undefined &&
      spool.problem === undefined &&
      spool.bytes >= spoolAlertShare * spool.limitBytes && {
        text: `The spool is ${Math.floor((100 * spool.bytes) / spool.limitBytes)} % full, and once it is full, the receiver returns 503.`,
        nextStep: store.up
          ? 'Wait until all records of the spool are in the store, or raise SPOOL_MAX_BYTES.'
          : `Make the store available again: ${ensureFullStop(store.detail)} To gain time, raise SPOOL_MAX_BYTES.`,
      },
  },
  {
    id: 'not_ready',
    tone: 'bad',
    alert: 'ComapiWebhookNoneReady',
    runbook: 'not-ready.md',
    find: (facts) =>
      !facts.ready &&
      !isDraining(facts) &&
      !isReceiverStarting(facts) &&
      !isStoreDown(facts) && {
        text: `The receiver has not been ready ${describeSince(facts.startedAt, facts)}.`,
        nextStep: `Correct what the failed checks report. ${describeFailedChecks(facts)}`,
      },
  },
  {
    id: 'draining',
    tone: 'warning',
    noAlert: 'This state is part of every shutdown.',
    find: (facts) =>
      isDraining(facts) && {
        text: 'The receiver is shutting down and finishes the deliveries that it has received.',
        nextStep: 'Do nothing if somebody stopped this process or a rollout is in progress.',
      },
  },
  {
    id: 'starting',
    tone: 'warning',
    noAlert: 'This state lasts for at most 15 seconds.',
    find: (facts) =>
      isReceiverStarting(facts) &&
      !isDraining(facts) && {
        text: 'The receiver is starting and is not ready yet.',
        nextStep: `Wait for a few seconds. ${describeFailedChecks(facts)}`,
      },
  },
  {
    id: 'spool_in_use',
    tone: 'warning',
    alert: 'ComapiWebhookSpoolWaiting',
    runbook: 'spool.md',
    find: (facts) =>
      facts.spool !== undefined &&
      facts.spool.problem === undefined &&
      !facts.store.up &&
      !isReceiverStarting(facts) && {
        text: `${formatStoreName(facts.store)} has been unavailable ${describeOutage(facts)}, so events wait in the spool.`,
        nextStep: `Make the store available again: ${ensureFullStop(facts.store.detail)}`,
      },
  },
  {
    id: 'partition_unavailable_spooled',
    tone: 'warning',
    alert: 'ComapiWebhookSpoolWaiting',
    runbook: 'spool.md',
    find: (facts) =>
      facts.store.up &&
      facts.spool !== undefined &&
      describePartitions(facts, 'the affected events wait in the spool'),
  },
  {
    id: 'spool_draining',
    tone: 'warning',
    alert: 'ComapiWebhookSpoolWaiting',
    runbook: 'spool.md',
    find: ({ store, spool, at }) =>
      store.up &&
      spool?.oldestReceivedAt !== undefined && {
        text: `The spool still holds ${formatBytes(spool.bytes)} for the store, and its oldest record has waited ${describeSince(spool.oldestReceivedAt, { at })}.`,
        nextStep: 'Wait until the spool is empty. Keep the disk of this process until then.',
      },
  },
  {
    id: 'spool_unusable',
    tone: 'warning',
    alert: 'ComapiWebhookSpoolUnusable',
    runbook: 'spool.md',
    find: ({ store, spool }) =>
      store.up &&
      spool?.problem !== undefined && {
        text: 'The spool rejects writes, so the receiver will return 503 if the store becomes unavailable.',
        nextStep: `Make the spool writable. ${ensureFullStop(spool.problem)}`,
      },
  },
  {
    id: 'circuit_open',
    tone: 'warning',
    noAlert: 'ErrorBudgetBurn or SpoolWaiting fires if deliveries are affected.',
    runbook: 'store-unavailable.md',
    find: ({ store: { up, circuits } }) =>
      describeFirstProblem(
        circuits,
        ({ to, state }) =>
          up &&
          state !== 'closed' && {
            text: `The circuit to ${to} is ${state.replace('_', ' ')}, because the last attempts to store records there failed.`,
            nextStep: `Check ${to}. The receiver tries again every two seconds.`,
          },
      ),
  },
  {
    id: 'topic_weak',
    tone: 'warning',
    alert: 'ComapiWebhookTopicWeak',
    runbook: 'data-loss.md',
    find: ({ store: { topics } }) =>
      describeFirstProblem(
        topics,
        ({ topic, verdict, findings }) =>
          verdict === 'warning' && {
            text: `The topic ${topic} is not durable: if one server of the store fails, events can be lost.`,
            nextStep: describeTopic(findings),
          },
      ),
  },
  {
    id: 'disk_filling',
    tone: 'warning',
    noAlert: 'The cluster or the machine monitors its own disks.',
    find: ({ store, spool }) =>
      describeFirstProblem(
        [store.disk, spool?.disk],
        (disk) =>
          disk !== undefined &&
          disk.freeBytes < Math.min(minFreeBytes, disk.sizeBytes / 10) && {
            text: `The disk of the ${spool?.disk === disk ? 'spool' : 'journal'} has ${formatBytes(disk.freeBytes)} left, and once it is full, the receiver returns 503.`,
            nextStep: 'Free space on the disk, or enlarge the disk.',
          },
      ),
  },
  {
    id: 'secret_unusable',
    tone: 'warning',
    alert: 'ComapiWebhookSecretUnusable',
    runbook: 'secret-unusable.md',
    find: ({ registrations }) =>
      describeFirstProblem(
        registrations,
        ({ name, secrets }) =>
          secrets.some(({ problem }) => problem !== undefined) &&
          secrets.some(({ problem }) => problem === undefined) && {
            text: `A secret of ${name} is unusable, so the receiver returns 503 for deliveries that are signed with it.`,
            nextStep: describeProblems('Correct or remove the secret.', secrets),
          },
      ),
  },
  {
    id: 'certificate_unusable',
    tone: 'warning',
    alert: 'ComapiWebhookCertificateUnusable',
    runbook: 'secret-unusable.md',
    find: ({ certificate }) =>
      certificate?.problem !== undefined && {
        text: 'The files of the TLS certificate are unusable, so the previous certificate stays in use until it expires.',
        nextStep: `Replace the files. ${ensureFullStop(certificate.problem)}`,
      },
  },
  {
    id: 'certificate_expires',
    tone: 'warning',
    alert: 'ComapiWebhookCertificateUnusable',
    runbook: 'secret-unusable.md',
    find({ certificate, at }) {
      const expiresAt = certificate?.expiresAt;
      const remainingMs =
        expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt) - Date.parse(at);
      return (
        expiresAt !== undefined &&
        remainingMs > 0 &&
        remainingMs <= certificateWarningDays * dayMs && {
          text: `The TLS certificate expires in ${formatDuration(remainingMs)}, at ${formatTime(expiresAt, at)}.`,
          nextStep: describeCertificateRenewal(certificate?.problem),
        }
      );
    },
  },
  {
    id: 'dead_letters',
    tone: 'warning',
    alert: 'ComapiWebhookDeadLetters',
    runbook: 'dead-letters.md',
    find: ({ deadLetters: { recent, newest }, at }) =>
      recent !== 0 &&
      newest !== undefined && {
        text: `${formatCount(recent, 'event')} became ${recent === 1 ? 'a dead letter' : 'dead letters'} in the last 15 minutes, the newest at ${formatTime(newest.at, at)} on ${newest.webhook} with the reason ${newest.reason}.`,
        nextStep: 'List the dead letters with: comapi-webhook tail --dead-letters --since 1h --no-follow',
      },
  },
  {
    id: 'read_back_failing',
    tone: 'warning',
    noAlert: 'Only the read-back check fails. Events are stored.',
    runbook: 'data-loss.md',
    find: ({ readBack: { unread } }) =>
      unread !== undefined && {
        text: 'The read-back check cannot read stored records, so nobody would notice a loss in the store.',
        nextStep: `Check the store, and whether the receiver may read records from it. ${ensureFullStop(unread)}`,
      },
  },
  {
    id: 'store_warning',
    tone: 'warning',
    noAlert: 'The cause is a change that somebody made. The log contains the warning.',
    find: ({ store }) =>
      store.notice !== undefined && {
        text: `Events are stored, but ${formatStoreName(store)} has a warning.`,
        nextStep: `Check whether somebody intended the change. ${ensureFullStop(store.notice)}`,
      },
  },
  {
    id: 'silent',
    tone: 'warning',
    alert: 'ComapiWebhookQuieterThanLastWeek',
    runbook: 'silence.md',
    find: ({ registrations, startedAt, at }) =>
      describeFirstProblem(registrations, ({ name, lastAcceptedAt }) => {
        const silentSince = lastAcceptedAt ?? startedAt;
        return (
          Date.parse(at) - Date.parse(silentSince) >= silenceAlertMs && {
            text: `This process has accepted no delivery to ${name} ${describeSince(silentSince, { at })}.`,
            nextStep: `If you expect deliveries to ${name}, check its registration at the provider.`,
          }
        );
      }),
  },
  {
    id: 'no_delivery_yet',
    tone: 'good',
    noAlert: 'This state is normal after a start.',
    find: ({ registrations, startedAt, at }) =>
      registrations.some(({ lastAcceptedAt }) => lastAcceptedAt !== undefined)
        ? false
        : registrations.some(({ lastTestAcceptedAt }) => lastTestAcceptedAt !== undefined)
          ? {
              text: `The receiver is ready, and only test events have arrived since it started at ${formatTime(startedAt, at)}.`,
              nextStep: 'Register the URL of the webhook with the provider.',
            }
          : {
              text: `The receiver is ready, and no delivery has arrived since it started at ${formatTime(startedAt, at)}.`,
              nextStep: `Send a test event with: comapi-webhook send${isDevelopment(registrations) ? ' --secret-file data/secret' : ''}`,
            },
  },
  {
    id: 'storing',
    tone: 'good',
    noAlert: 'Nothing is wrong.',
    find: () => ({ text: 'Deliveries are stored.' }),
  },
];

/** Returns the most severe state of a receiver, and all other states that are not good. */
export function decideReceiverHeadline(facts: ReceiverFacts): HeadlineReport {
  return findStates(receiverStates, facts);
}

const provenCauseTexts: Readonly<Record<string, string>> = {
  secret_removed: 'they are signed with a secret that the receiver no longer uses',
  secret_white_space: 'the sender’s copy of the secret has white space at its start or end',
  secret_quoted: 'the sender’s copy of the secret is in quotation marks',
  secret_base64: 'the sender or the receiver has the secret in base64',
  secret_case: 'the sender’s copy of the secret differs in upper and lower case',
  body_white_space: 'a proxy changes white space in the body',
  body_rewritten: 'a proxy rewrites the JSON of the body',
  body_charset: 'a proxy converts the body to another character set',
  body_compressed: 'a proxy compresses the body',
};

/** Explains why the signatures are wrong, as the end of a sentence. */
function describeCause(cause: string, ofWebhook: string | undefined): string {
  return ofWebhook === undefined
    ? (provenCauseTexts[cause] ?? 'they are signed with the secret of another webhook')
    : `they are signed with the secret of ${ofWebhook}`;
}

/** Returns the advice about a cause without its first sentence, which names the cause. */
function removeFirstSentence(advice: string): string {
  const end = advice.indexOf('. ');
  return end < 0 ? advice : advice.slice(end + 2);
}

function formatStoreName({ kind }: Pick<ReceiverFacts['store'], 'kind'>): string {
  return storeNames[kind] ?? kind;
}

/** Whether both the store and the spool reject records. */
function isStoreDown({ store, spool }: ReceiverFacts): boolean {
  return store.unavailableSince !== undefined || (spool === undefined && !store.up);
}

/** Whether the receiver has generated its own secret, in the directory of the journal. */
function isDevelopment(registrations: readonly RegistrationReport[]): boolean {
  return registrations.some(({ secrets }) => secrets.some(({ label }) => label === 'development'));
}

function isReceiverStarting({ ready, startedAt, at }: ReceiverFacts): boolean {
  return !ready && Date.parse(at) - Date.parse(startedAt) < storeStartMs;
}

function describeOutage(facts: ReceiverFacts): string {
  const unstoredSince = facts.store.unavailableSince ?? facts.refused?.since ?? facts.spool?.oldestReceivedAt;
  return unstoredSince === undefined ? 'at present' : describeSince(unstoredSince, facts);
}

function describeLostEvents({ refused, at }: ReceiverFacts): string {
  return refused === undefined
    ? ''
    : `The provider stops retrying the first rejected delivery at ${formatTime(refused.lossFrom, at)}.`;
}

/** Whether the error budget alert counts this reason. */
function isStoreRelatedReason(reason: string): boolean {
  return reason.startsWith('sink_') || reason === 'dead_letter_refused';
}

function describeRejections(facts: ReceiverFacts, isMeant: (reason: string) => boolean): StateText | false {
  return describeFirstProblem(
    facts.registrations,
    ({ name, refused }) =>
      refused !== undefined &&
      !refused.isOver &&
      isMeant(refused.reason) && {
        text: `No delivery to ${name} has been accepted ${describeSince(refused.since, facts)}, because of ${refused.reason}.`,
        nextStep: `Look up ${refused.reason} in the log. The provider stops retrying the first rejected delivery at ${formatTime(refused.lossFrom, facts.at)}.`,
      },
  );
}

/** @param outcome the outcome of the registration's deliveries, as the end of a sentence */
function describePartitions({ store }: ReceiverFacts, outcome: string): StateText | false {
  return describeFirstProblem(
    store.topics,
    ({ topic, verdict, problem }) =>
      problem !== undefined &&
      verdict !== 'error' && {
        text: `The topic ${topic} is partly unavailable, so ${outcome}.`,
        nextStep: `Check the server that stores the unavailable part of the topic. ${ensureFullStop(problem)}`,
      },
  );
}

function describeProblems(action: string, secrets: RegistrationReport['secrets']): string {
  const problems = secrets.flatMap(({ problem }) => (problem === undefined ? [] : [ensureFullStop(problem)]));
  return [action, ...problems].join(' ');
}

function describeTopic(findings: readonly string[], problem?: string): string {
  const all = problem === undefined ? findings : [problem, ...findings];
  return ['Correct the topic or its settings.', ...all.map(ensureFullStop)].join(' ');
}

function describeCertificateRenewal(problem: string | undefined): string {
  return problem === undefined
    ? 'Renew the certificate. The receiver reads the new files by itself.'
    : `Replace the files of the certificate: ${ensureFullStop(problem)}`;
}

/** Returns the text for the first item that has a text. */
function describeFirstProblem<T>(
  items: readonly T[],
  describe: (item: T) => StateText | false,
): StateText | false {
  for (const item of items) {
    const stateText = describe(item);
    if (stateText !== false) {
      return stateText;
    }
  }
  return false;
}
