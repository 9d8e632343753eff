import type { ServiceProcess } from './service-process.ts';

/** A service under test: the receiver, or the usual way that it is compared with. */
export interface Service {
  readonly name: string;
  readonly httpPort: number;
  /** `undefined` where the service has none. */
  readonly managementPort?: number;
  readonly tls?: boolean;
  readonly path: string;
  readonly process: ServiceProcess;
  /** It says of itself that nothing is wrong. Absent where the service does not say. */
  readonly isReady?: () => Promise<boolean>;
  /** What senders sign with now. */
  secret(): string;
  /** `undefined` where the service has no such thing. */
  readonly rotateSecret?: () => Promise<void>;
  /** Values by series name with labels; `undefined` where the service has none. */
  readonly metrics?: () => Promise<ReadonlyMap<string, number>>;
}

export interface ServiceTopics {
  readonly bootstrap: string;
  readonly events: string;
  readonly deadLetter: string;
  /** For secrets, logs and data; removed by whoever made it. */
  readonly directory: string;
}
