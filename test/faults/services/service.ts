import type { ServiceProcess } from './service-process.ts';

/** The receiver under test. */
export interface Service {
  readonly httpPort: number;
  readonly managementPort: number;
  readonly tls: boolean;
  readonly path: string;
  readonly process: ServiceProcess;
  /** It says of itself that nothing is wrong. */
  isReady(): Promise<boolean>;
  /** What senders sign with now. */
  secret(): string;
  rotateSecret(): Promise<void>;
  /** Values by series name with labels. */
  metrics(): Promise<ReadonlyMap<string, number>>;
}

export interface ServiceTopics {
  readonly bootstrap: string;
  readonly events: string;
  readonly deadLetter: string;
  /** For secrets, logs and data; removed by whoever made it. */
  readonly directory: string;
}
