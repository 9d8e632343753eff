import type { RabbitMqAddress } from '../../config/rabbitmq-config.ts';
import type { SinkRecord } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { LaneConnection } from '../append/lane-store.ts';
import type { AmqpChannel } from './amqp-channel.ts';
import { type AmqpConnection, type AmqpTimeouts, openAmqpConnection } from './amqp-connection.ts';
import { type PublishedBatch, type PublishOutcome, publishBatch } from './publish-batch.ts';
import { checkTarget, type PublishTarget } from './publish-target.ts';
import type { RabbitMqServer } from './rabbitmq-access.ts';
import { RabbitMqError, readReplyCode, replyCodes, toRabbitMqError } from './rabbitmq-error.ts';

export interface PublisherSettings extends AmqpTimeouts {
  /** How long no confirm may come while some are due. A server that blocks the connection gives none. */
  readonly confirmTimeoutMs: number;
}

export interface PublisherDeps {
  /** Asked when connecting. @throws when the configuration's files cannot be used, or not in time */
  readonly chooseServer: () => Promise<RabbitMqServer>;
  readonly target: PublishTarget;
  readonly settings: PublisherSettings;
  readonly clock: Clock;
  /** Shared by the connections that follow one another. */
  readonly limits: MessageLimits;
  /** The server reads nothing that is published, for this reason; `undefined`: it does again. */
  readonly onBlock: (reason: string | undefined) => void;
}

export interface PublishResult {
  readonly outcomes: readonly PublishOutcome[];
  /** Why the connection has ended; `undefined` when it has not. */
  readonly failure: RabbitMqError | undefined;
}

/** A blocked connection is looked at again so often. */
const blockedPauseMs = 250;

/** A connection with one channel, which publishes to one target. It ends with its channel. */
export class PublisherConnection implements LaneConnection {
  readonly #deps: PublisherDeps;
  #address: RabbitMqAddress | undefined;
  #connection: AmqpConnection | undefined;
  #channel: AmqpChannel | undefined;
  #batch: PublishedBatch | undefined;
  #onEnd: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isPublishing = false;
  #isBlocked = false;
  #isClosed = false;

  constructor(deps: PublisherDeps) {
    this.#deps = deps;
  }

  /** @throws {RabbitMqError} also when the target does not exist */
  async connect(): Promise<void> {
    const { chooseServer, target, settings } = this.#deps;
    const server = await chooseServer();
    this.#address = server.address;
    const connection = await openAmqpConnection(server, settings);
    this.#connection = connection;
    // Before anything is waited for: what ends or blocks the connection may come with the next answer.
    connection.ended.addEventListener('abort', () => this.#settleEnd());
    connection.onBlock((reason) => this.#block(reason));
    try {
      if (this.#isClosed) {
        throw new RabbitMqError('connection', 'the connection was closed before it was open');
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
    return this.#isBlocked ? this.#deps.clock.now() + blockedPauseMs : 0;
  }

  close(): void {
    this.#isClosed = true;
    if (this.isOpen() && !this.#isPublishing) {
      void this.#connection?.close();
    } else {
      this.#connection?.end(new RabbitMqError('connection', 'the connection was closed'));
    }
  }

  /** Resolves when every record was answered, or the connection has ended. Called one at a time. */
  async publish(records: readonly SinkRecord[]): Promise<PublishResult> {
    const connection = this.#connection;
    const channel = this.#channel;
    const address = this.#address;
    if (connection === undefined || channel === undefined || address === undefined) {
      throw new Error('publish was called before connect had resolved');
    }
    const { target, limits } = this.#deps;
    this.#isPublishing = true;
    this.#batch = publishBatch(records, {
      channel,
      target,
      maxMessageBytes: limits.of(address),
      onProgress: () => this.#awaitConfirm(),
    });
    this.#awaitConfirm();
    if (connection.ended.aborted) {
      this.#batch.end();
    }
    const outcomes = await this.#batch.outcomes;
    clearTimeout(this.#timer);
    this.#batch = undefined;
    if (outcomes.some((outcome) => outcome === 'nacked' || outcome === 'returned')) {
      // If a queue was deleted, a server says first that it refuses.
      await checkTarget(connection, target).catch((error) => connection.end(toRabbitMqError(error)));
    }
    this.#isPublishing = false;
    return { outcomes, failure: connection.ended.reason as RabbitMqError | undefined };
  }

  #watch(connection: AmqpConnection, channel: AmqpChannel): void {
    channel.onError((error) => {
      const reason = readReplyCode(error) === replyCodes.accessRefused ? 'authentication' : 'protocol';
      connection.end(toRabbitMqError(error, reason));
    });
    channel.onReturn((message) => {
      if (this.#batch?.returned(message) !== true) {
        connection.end(new RabbitMqError('answer_check', 'a message came back that was not sent'));
      }
    });
  }

  #awaitConfirm(): void {
    clearTimeout(this.#timer);
    if (this.#batch !== undefined && !this.#isBlocked) {
      const { confirmTimeoutMs } = this.#deps.settings;
      this.#timer = setTimeout(() => {
        const message = `no confirm came for ${confirmTimeoutMs} ms`;
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
    if (this.#address !== undefined) {
      this.#deps.limits.learn(this.#address, this.#connection?.ended.reason);
    }
    if (this.#isPublishing) {
      // Whoever waits for the answer hears of the end by it.
      this.#batch?.end();
    } else {
      this.#onEnd?.();
    }
  }
}

/** A refusal costs the connection, so it is remembered; not for long, because a server may be told to take more. */
const rememberedMs = 10_000;

/** How large a message each server takes, as far as it has refused a larger one a moment ago. */
export class MessageLimits {
  readonly #clock: Clock;
  readonly #limits = new Map<string, { readonly bytes: number; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param reason why a connection has ended. A server closes its channel at a message that is too large; whatever else ended
   * it, the server may have started again with another limit
   */
  learn(address: RabbitMqAddress, reason: unknown): void {
    const [, limit] = /message size \d+ is larger than configured max size (\d+)/.exec(String(reason)) ?? [];
    if (limit === undefined) {
      this.#limits.delete(toKey(address));
    } else {
      this.#limits.set(toKey(address), { bytes: Number(limit), until: this.#clock.now() + rememberedMs });
    }
  }

  /** Bytes. */
  of(address: RabbitMqAddress): number {
    const known = this.#limits.get(toKey(address));
    return known === undefined || known.until < this.#clock.now() ? Number.POSITIVE_INFINITY : known.bytes;
  }
}

function toKey({ host, port }: RabbitMqAddress): string {
  return `${host}:${port}`;
}
