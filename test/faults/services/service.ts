import type { ServiceProcess } from './service-process.ts';

/** The receiver under test. */
export interface Service {
  readonly httpPort: number;
  readonly managementPort: number;
  readonly tls: boolean;
  readonly path: string;
  readonly process: ServiceProcess;
  /** Returns whether the service reports no problem. */
  isReady(): Promise<boolean>;
  /** Secret that senders currently sign with. */
  secret(): string;
  rotateSecret(): Promise<void>;
  /** Values of its metrics, by series name with labels. */
  metrics(): Promise<ReadonlyMap<string, number>>;
}

export interface ServiceTopics {
  readonly bootstrap: string;
  readonly events: string;
  readonly deadLetter: string;
  /** Directory for secrets, logs and data. Its creator removes it. */
  readonly directory: string;
}
