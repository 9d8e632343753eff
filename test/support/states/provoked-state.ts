import type { StatusReport } from '../../../src/observe/status/status-report.ts';

/** Metrics of a process at one point in time. */
export interface Scrape {
  /** Time of the process's clock, in epoch milliseconds. */
  readonly epochMs: number;
  /** Response of `/metrics`. */
  readonly text: string;
}

/** A running process with a status page. */
export interface Scene {
  readonly managementUrl: string;
  report(): Promise<StatusReport>;
  scrape(): Promise<Scrape>;
  /**
   * Metrics before and after an event was stored, both from before the state was provoked. Empty if no event was
   * stored.
   */
  readonly before: readonly Scrape[];
  /** Alerts that the status page named before the test provoked the state. */
  readonly alertsBefore: readonly string[];
}

/** A process in a state. */
export interface ProcessInState {
  readonly scene: Scene;
  /** Repeats for one minute the traffic that belongs to this state, such as deliveries from the provider. */
  readonly goOn?: (() => Promise<unknown>) | undefined;
}

/**
 * Differences between the alerts that fire and the alerts that the status page names. Each difference needs a comment
 * that explains it.
 */
export interface AlertExceptions {
  /** Minutes for which the state lasts before the alerts are compared. */
  readonly minutes?: number;
  /** Minutes of normal operation before the state. */
  readonly minutesBefore?: number;
  /** Alerts that fire although the status page does not name them. */
  readonly alsoFiring?: readonly string[];
  /** Alerts that do not fire although the status page names them. */
  readonly silent?: readonly string[];
}

/** A state that a test provokes on real parts. `Stage` is the store that the states of a table share. */
export interface ProvokedState<Stage> {
  /** Name of the state, as docs/status.md lists it. */
  readonly id: string;
  /** Description of how the test provokes the state. */
  readonly how: string;
  /**
   * Name of a more severe state that is the headline while this state lasts. By default, this state itself is the
   * headline.
   */
  readonly headline?: string;
  /** Exit code of the command `status`. */
  readonly exitCode: 0 | 1;
  readonly alerts?: AlertExceptions;
  readonly provoke: (stage: Stage) => Promise<ProcessInState>;
}
