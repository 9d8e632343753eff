import type { StatusReport } from '../../../src/observe/status/status-report.ts';

/** The metrics of a process at one time. */
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
  /** Scrapes around the delivery of an event that was stored before the state was provoked. Empty without such an event. */
  readonly before: readonly Scrape[];
  /** Alerts that the status page named before the state was provoked. */
  readonly alertsBefore: readonly string[];
}

/** A process in a state. */
export interface ProcessInState {
  readonly scene: Scene;
  /** Continues for a minute what happens in this state, such as the deliveries of the provider. */
  readonly goOn?: (() => Promise<unknown>) | undefined;
}

/** Differences between the status page and the alerts, each of which needs a reason in a comment. */
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
  /** Name of the more severe state that is the headline meanwhile. By default, this state is the headline. */
  readonly headline?: string;
  /** Exit code of the command `status`. */
  readonly exitCode: 0 | 1;
  readonly alerts?: AlertExceptions;
  readonly provoke: (stage: Stage) => Promise<ProcessInState>;
}
