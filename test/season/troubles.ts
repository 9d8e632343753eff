import type { Moment } from './moment.ts';
import type { Site } from './site.ts';

/** An incident of a season: how it changes the state at each moment, and which alerts may report it. */
export interface Trouble {
  readonly cause: string;
  readonly hours: number;
  /** Hour of the day at which the incident begins. If absent, the incident can begin at any hour. */
  readonly beginsAt?: number;
  /**
   * Names of the expected alerts, without their common prefix. The incident counts as detected when the first of them
   * fires.
   */
  readonly seenBy: readonly string[];
  /** Sites at which the incident is visible. The default is all sites. */
  readonly at?: readonly Site['name'][];
  /** An alert of severity `page` that must also fire at these sites. */
  readonly pages?: { readonly alert: string; readonly at: readonly Site['name'][] };
  /** Another alert of severity `page` that may fire but is not required. */
  readonly mayPage?: string;
  apply(moment: Moment): void;
}

const everywhere = ['busy shop', 'twenty events a day'] as const;
const busy = ['busy shop'] as const;

/** Number of times that the provider attempts a rejected delivery in the first hours. */
const attempts = 6;

/**
 * No signature is valid, neither those of the provider nor those of unauthenticated clients. The metrics look the same
 * as after a change of the secret.
 */
const withStrangers = 'NoSignatureVerifies';

export const troubles: readonly Trouble[] = [
  {
    cause: 'the store is unavailable',
    hours: 5,
    seenBy: ['StoreUnavailable'],
    pages: { alert: 'NoneReadyForHours', at: everywhere },
    apply(moment) {
      moment.sinkUp = false;
      moment.refuse('sink_unavailable', 1, attempts);
    },
  },
  {
    cause: 'the store hangs, and one of two pods gets every delivery',
    hours: 5,
    beginsAt: 10,
    seenBy: ['StoreUnavailable'],
    pages: { alert: 'NoneReadyForHours', at: busy },
    apply(moment) {
      moment.isStoreHanging = true;
      moment.isOneIdle = true;
      moment.canaryArrives = false;
      moment.refuse('sink_timeout', 1, attempts);
    },
  },
  {
    cause: 'no pod runs',
    hours: 5,
    seenBy: ['Absent'],
    pages: { alert: 'NoneReadyForHours', at: everywhere },
    apply(moment) {
      moment.pods = 'gone';
      moment.cutOff();
    },
  },
  {
    cause: 'no pod is ready, though the store is well',
    hours: 5,
    seenBy: ['NoneReady'],
    pages: { alert: 'NoneReadyForHours', at: everywhere },
    apply(moment) {
      moment.ready = 'none';
      moment.cutOff();
    },
  },
  {
    cause: 'a part of the keys cannot be stored',
    hours: 12,
    beginsAt: 9,
    seenBy: ['ErrorBudgetBurn', 'RefusedForHours'],
    pages: { alert: 'RefusedForHours', at: busy },
    apply: (moment) => moment.refuse('sink_timeout', 1 / 3, attempts),
  },
  {
    cause: 'the provider signs with another secret',
    hours: 12,
    beginsAt: 10,
    seenBy: ['SignatureFailures', 'NoSignatureVerifies'],
    pages: { alert: 'NoSignatureVerifies', at: busy },
    apply: (moment) => moment.refuse('bad_signature', 1, 1),
  },
  {
    cause: 'one delivery in six is too large (413)',
    hours: 12,
    beginsAt: 9,
    seenBy: ['TurnedAway'],
    apply: (moment) => moment.refuse('too_large', 1 / 6, attempts * 2),
  },
  {
    cause: 'half of the bodies come too slowly (408)',
    hours: 12,
    beginsAt: 9,
    seenBy: ['TurnedAway'],
    apply: (moment) => moment.refuse('body_timeout', 1 / 2, attempts),
  },
  {
    cause: 'a proxy compresses bodies (415)',
    hours: 12,
    beginsAt: 9,
    seenBy: ['TurnedAway'],
    apply: (moment) => moment.refuseUnchecked('unsupported_encoding', attempts),
  },
  {
    cause: 'the provider posts to a wrong path (404)',
    hours: 23,
    beginsAt: 8,
    seenBy: ['TurnedAway'],
    mayPage: withStrangers,
    apply: (moment) => moment.misdirect(attempts),
  },
  {
    cause: 'the public URL is down',
    hours: 12,
    beginsAt: 9,
    seenBy: ['CanaryMissing'],
    apply: (moment) => moment.cutOff(),
  },
  {
    cause: 'the registration is deleted',
    hours: 23,
    beginsAt: 8,
    seenBy: ['QuieterThanLastWeek'],
    mayPage: withStrangers,
    apply: (moment) => moment.silence(),
  },
  {
    cause: 'a registration has no secret',
    hours: 5,
    seenBy: ['SecretUnusable'],
    pages: { alert: 'NoSecretForHours', at: everywhere },
    apply(moment) {
      moment.gauges.set('secrets', 0);
      moment.refuseUnchecked('secret_unusable', attempts);
    },
  },
  {
    cause: 'one of two pods hangs',
    hours: 5,
    seenBy: ['PodDown'],
    apply(moment) {
      moment.pods = 'one hangs';
    },
  },
  {
    cause: 'one of two pods is not ready',
    hours: 5,
    seenBy: ['PodDown'],
    apply(moment) {
      moment.ready = 'one';
    },
  },
  {
    cause: 'every pod runs out of memory twice an hour',
    hours: 12,
    seenBy: ['PodRestarts'],
    apply(moment) {
      moment.pods = 'looping';
    },
  },
  {
    cause: 'one of two pods lives for a moment of each six minutes',
    hours: 5,
    seenBy: ['PodRestarts', 'PodDown'],
    apply(moment) {
      moment.pods = 'crashing';
    },
  },
  {
    cause: 'the new pod of a roll-out never answers',
    hours: 20,
    seenBy: ['PodDown'],
    apply(moment) {
      moment.hasStuckPod = true;
    },
  },
  {
    cause: 'no request reaches one of two ready pods',
    hours: 12,
    beginsAt: 9,
    seenBy: ['PodIdle'],
    at: busy,
    apply(moment) {
      moment.isOneIdle = true;
    },
  },
  {
    cause: 'pods use nearly all of their memory',
    hours: 5,
    seenBy: ['NearLimit'],
    apply: (moment) => moment.gauges.set('memory_limit_bytes', 55),
  },
  {
    cause: 'the clock of one pod is a month ahead, and the registration is deleted',
    hours: 23,
    beginsAt: 8,
    seenBy: ['QuieterThanLastWeek'],
    mayPage: withStrangers,
    apply(moment) {
      moment.clockAheadSeconds = 30 * 86_400;
      moment.silence();
    },
  },
  {
    cause: 'a secret cannot be used',
    hours: 5,
    seenBy: ['SecretUnusable'],
    apply: (moment) => moment.gauges.set('secret_usable', 0),
  },
  {
    cause: 'the renewed certificate cannot be used',
    hours: 5,
    seenBy: ['CertificateUnusable'],
    apply: (moment) => moment.gauges.set('certificate_usable', 0),
  },
  {
    cause: 'events become dead letters',
    hours: 5,
    beginsAt: 10,
    seenBy: ['DeadLetters'],
    apply: (moment) => moment.count('dead_letters_total', 1),
  },
  {
    cause: 'a topic could lose what it holds',
    hours: 5,
    seenBy: ['TopicWeak'],
    apply: (moment) => moment.gauges.set('store_topic_weakness', 1),
  },
  {
    cause: 'the spool is not drained',
    hours: 5,
    seenBy: ['SpoolWaiting'],
    // The oldest record in the spool dates from the first second of the season.
    apply: (moment) => moment.gauges.set('spool_oldest_timestamp_seconds', 1),
  },
  {
    cause: 'the spool fills',
    hours: 5,
    seenBy: ['SpoolFilling'],
    apply: (moment) => moment.gauges.set('spool_bytes', 900),
  },
  {
    cause: 'Kafka throttles',
    hours: 5,
    seenBy: ['NearLimit'],
    apply: (moment) => moment.count('kafka_throttled_seconds_total', 60),
  },
  {
    cause: 'the filter stands still',
    hours: 5,
    beginsAt: 10,
    seenBy: ['FilterLag'],
    apply(moment) {
      moment.filterMoves = false;
    },
  },
  {
    cause: 'no filter works',
    hours: 5,
    seenBy: ['FilterLag'],
    apply(moment) {
      moment.filterReady = false;
    },
  },
];
