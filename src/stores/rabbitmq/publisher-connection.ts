import type { ConfirmChannel } from 'amqplib';
import type { SinkRecord } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { LaneConnection } from '../append/lane-store.ts';
import { type AmqpConnection, type AmqpTimeouts, openAmqpConnection } from './amqp-connection.ts';
import { type PublishedBatch, type PublishOutcome, publishBatch } from './publish-batch.ts';
import { checkTarget, type PublishTarget } from './publish-target.ts';
import type { RabbitMqServer } from './rabbitmq-access.ts';
import { RabbitMqError, readReplyCode, replyCodes, toRabbitMqError } from './rabbitmq-error.ts';

export interface PublisherSettings extends AmqpTimeouts {
  /**
   * Maximum time in milliseconds without a confirm while confirms are outstanding. The time stops while the server
   * blocks the connection.
   */
  readonly confirmTimeoutMs: number;
}

export interface PublisherDeps {
  /** Chooses the server to connect to. @throws if configuration files cannot be used or are not read in time */
  readonly chooseServer: () => Promise<RabbitMqServer>;
  readonly target: PublishTarget;
  readonly settings: PublisherSettings;
  readonly clock: Clock;
  /** Called with a reason when the server blocks publishing, and with `undefined` when the server unblocks publishing. */
  readonly onBlock: (reason: string | undefined) => void;
}

export interface PublishResult {
  readonly outcomes: readonly PublishOutcome[];
  /** Reason why the connection ended, or `undefined` if the connection is open. */
  readonly failure: RabbitMqError | undefined;
}

/** Interval in milliseconds at which a blocked connection is checked again. */
const blockedRetryMs = 250;

/** A connection with one channel that publishes to one target. The connection ends when the channel ends. */
export class PublisherConnection implements LaneConnection {
  readonly #deps: PublisherDeps;
  #connection: AmqpConnection | undefined;
  #channel: ConfirmChannel | undefined;
  #batch: PublishedBatch | undefined;
  #onEnd: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isPublishing = false;
  #isBlocked = false;
  #isClosed = false;

  constructor(deps: PublisherDeps) {
    this.#deps = deps;
  }

  /**
   * Connects to the server.
   *
   * @throws {RabbitMqError} if the connection cannot be opened or the target does not exist
   */
  async connect(): Promise<void> {
    const { chooseServer, target, settings } = this.#deps;
    const connection = await openAmqpConnection(await chooseServer(), settings);
    this.#connection = connection;
    // Registered before the first await, because the next response may already end or block the connection.
    connection.ended.addEventListener('abort', () => this.#settleEnd());
    connection.onBlock((reason) => this.#block(reason));
    try {
      if (this.#isClosed) {
        throw new RabbitMqError('connection', 'the connection was closed while it was being opened');
      }
      await checkTarget(connection, target);
      const channel = await connection.openChannel();
      this.#watch(connection, channel);
      this.#channel = channel;
    } catch (error) {
      connection.end(toRabbitMqError(error));
      throw connection.ended.reason;
    }
  }

  isOpen(): boolean {
    return this.#channel !== undefined && this.#connection?.ended.aborted === false;
  }

  onEnd(listener: () => void): void {
    this.#onEnd = listener;
  }

  throttledUntil(): number {
    return this.#isBlocked ? this.#deps.clock.now() + blockedRetryMs : 0;
  }

  close(): void {
    this.#isClosed = true;
    if (this.isOpen() && !this.#isPublishing) {
      void this.#connection?.close();
    } else {
      this.#connection?.end(new RabbitMqError('connection', 'the connection was closed'));
    }
  }

  /**
   * Publishes records. Resolves when each record has an outcome or the connection has ended. Only one call may run at
   * a time.
   */
  async publish(records: readonly SinkRecord[]): Promise<PublishResult> {
    const connection = this.#connection;
    const channel = this.#channel;
    if (connection === undefined || channel === undefined) {
      throw new Error('publish was called before connect had resolved');
    }
    const { target } = this.#deps;
    this.#isPublishing = true;
    this.#batch = publishBatch(records, { channel, target, onProgress: () => this.#awaitConfirm() });
    this.#awaitConfirm();
    if (connection.ended.aborted) {
      this.#batch.end();
    }
    const outcomes = await this.#batch.outcomes;
    clearTimeout(this.#timer);
    this.#batch = undefined;
    if (outcomes.some((outcome) => outcome === 'nacked' || outcome === 'returned')) {
      // A server may also nack or return messages because the queue was deleted, so check that the target still
      // exists.
      await checkTarget(connection, target).catch((error) => connection.end(toRabbitMqError(error)));
    }
    this.#isPublishing = false;
    return { outcomes, failure: connection.ended.reason as RabbitMqError | undefined };
  }

  #watch(connection: AmqpConnection, channel: ConfirmChannel): void {
    channel.on('error', (error) => {
      const reason = readReplyCode(error) === replyCodes.accessRefused ? 'authentication' : 'protocol';
      connection.end(toRabbitMqError(error, reason));
    });
    // The server returns an unroutable message before it confirms the message.
    channel.on('return', (message) => this.#batch?.markReturned(message));
  }

  #awaitConfirm(): void {
    clearTimeout(this.#timer);
    if (this.#batch !== undefined && !this.#isBlocked) {
      const { confirmTimeoutMs } = this.#deps.settings;
      this.#timer = setTimeout(() => {
        const message = `the server sent no confirmation for ${confirmTimeoutMs} ms`;
        this.#connection?.end(new RabbitMqError('timeout', message));
      }, confirmTimeoutMs);
    }
  }

  #block(reason: string | undefined): void {
    if (this.#isBlocked === (reason !== undefined)) {
      return;
    }
    this.#isBlocked = reason !== undefined;
    this.#awaitConfirm();
    this.#deps.onBlock(reason);
  }

  #settleEnd(): void {
    this.#block(undefined);
    if (this.#isPublishing) {
      // The pending `publish` call reports the reason in its result.
      this.#batch?.end();
    } else {
      this.#onEnd?.();
    }
  }
}
