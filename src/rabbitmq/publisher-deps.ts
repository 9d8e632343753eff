import type { RabbitMqAddress } from '../config/rabbitmq-url.ts';
import type { Clock } from '../runtime/clock.ts';
import type { AmqpTimeouts } from './amqp-connection.ts';
import type { PublishOutcome } from './publish-batch.ts';
import type { PublishTarget } from './publish-target.ts';
import type { RabbitMqAccess } from './rabbitmq-access.ts';
import type { RabbitMqError } from './rabbitmq-error.ts';

export interface PublisherSettings extends AmqpTimeouts {
  /** How long no confirm may come while some are due. A server that blocks the connection gives none. */
  readonly confirmTimeoutMs: number;
}

export interface PublisherDeps {
  /** Asked when connecting. @throws when the configuration's files cannot be used */
  readonly chooseAddress: () => RabbitMqAddress;
  readonly access: RabbitMqAccess;
  readonly target: PublishTarget;
  readonly settings: PublisherSettings;
  readonly clock: Clock;
  /** The largest message that the server takes, as far as the last connection was told: by its end. */
  readonly limits: { maxMessageBytes: number };
  /** The server reads nothing that is published, for this reason; `undefined`: it does again. */
  readonly onBlock: (reason: string | undefined) => void;
}

export interface PublishResult {
  readonly outcomes: readonly PublishOutcome[];
  /** Why the connection has ended; `undefined` when it has not. */
  readonly failure: RabbitMqError | undefined;
}
