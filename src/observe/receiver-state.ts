import type { SpoolConfig } from '../config/spool-config.ts';
import type { StoreConfig } from '../config/stores.ts';
import type { TopicNames } from '../config/topic-names.ts';
import type { WebhookConfig } from '../config/webhook-config.ts';
import type { ServerCertificate } from '../http/server/create-web-server.ts';
import type { ReceiverSink } from '../ports/sink.ts';
import type { AdmissionGate } from '../webhook/admission-gate.ts';
import type { ReadBackWatch } from './read-back-watch.ts';
import type { SecretWatch } from './secret-watch.ts';
import type { SinkWatch } from './sink-watch.ts';
import type { DeliveryHistory } from './status/delivery-history.ts';

/** The parts of a receiver from which its readiness, its gauges and its status page are derived. */
export interface ReceiverState {
  readonly gate: AdmissionGate;
  readonly secrets: SecretWatch;
  readonly store: {
    readonly sink: ReceiverSink;
    readonly watch: SinkWatch;
    readonly readBack: ReadBackWatch;
  };
  readonly history: DeliveryHistory;
  /** The certificate of the public port, if the receiver terminates TLS itself. */
  readonly certificate: ServerCertificate | undefined;
}

/** The settings that the status page shows. */
export interface ReportedConfig {
  readonly webhooks: readonly Pick<WebhookConfig, 'name' | 'path'>[];
  readonly allTopics: readonly Pick<TopicNames, 'events' | 'deadLetter'>[];
  readonly store: StoreConfig;
  readonly spool: Pick<SpoolConfig, 'directory'> | undefined;
}
