import type { ServiceProcess } from './service-process.ts';

/** The receiver under test. */
export interface Service {
  readonly httpPort: number;
  readonly managementPort: number;
  readonly tls: boolean;
  readonly path: string;
  readonly process: ServiceProcess;
  /** Returns whether the service reports that it has no problem. */
  isReady(): Promise<boolean>;
  /** Secret with which senders currently sign requests. */
  secret(): string;
  rotateSecret(): Promise<void>;
  /** Values of the service's metrics. The key is the series name with its labels. */
  metrics(): Promise<ReadonlyMap<string, number>>;
}

export interface ServiceTopics {
  readonly bootstrap: string;
  readonly events: string;
  readonly deadLetter: string;
  /** Directory for secrets, logs and data. The caller that created it also removes it. */
  readonly directory: string;
}
