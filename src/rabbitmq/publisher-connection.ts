import type { ConfirmChannel } from 'amqplib';
import type { LaneConnection, LaneFailure } from '../append/lane-connection.ts';
import type { SinkRecord } from '../sink/sink.ts';
import { type AmqpConnection, openAmqpConnection } from './amqp-connection.ts';
import { checkTarget } from './check-target.ts';
import { type PublishedBatch, type PublishOutcome, publishBatch } from './publish-batch.ts';
import type { PublisherDeps, PublishResult } from './publisher-deps.ts';
import {
  RabbitMqError,
  readReplyCode,
  readReplyText,
  replyCodes,
  toRabbitMqError,
} from './rabbitmq-error.ts';

const ended = new RabbitMqError('connection', 'the connection ended');

/** A blocked connection is looked at again so often. */
const blockedPauseMs = 250;

/** A connection with one channel, which publishes to one target. It ends with its channel. */
export class PublisherConnection implements LaneConnection {
  readonly #deps: PublisherDeps;
  #connection: AmqpConnection | undefined;
  #channel: ConfirmChannel | undefined;
  #batch: PublishedBatch | undefined;
  #failure: RabbitMqError | undefined;
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
    const { chooseAddress, access, target, settings } = this.#deps;
    const connection = await openAmqpConnection(chooseAddress(), access, settings);
    const timer = setTimeout(() => connection.destroy(), settings.connectTimeoutMs);
    try {
      await checkTarget(connection, target);
      const channel = await connection.openChannel();
      if (this.#isClosed) {
        throw new RabbitMqError('connection', 'the connection was closed before it was open');
      }
      this.#connection = connection;
      this.#channel = channel;
      this.#watch(connection, channel);
    } catch (error) {
      connection.destroy();
      throw toRabbitMqError(error);
    } finally {
      clearTimeout(timer);
    }
  }

  isOpen(): boolean {
    return this.#channel !== undefined;
  }

  onEnd(listener: () => void): void {
    this.#onEnd = listener;
  }

  throttledUntil(): number {
    return this.#isBlocked ? this.#deps.clock.now() + blockedPauseMs : 0;
  }

  close(): void {
    this.#isClosed = true;
    if (this.#channel === undefined || this.#isPublishing) {
      this.#connection?.destroy();
    } else {
      void this.#connection?.close();
    }
  }

  /** Resolves when every record was answered, or the connection has ended. Called one at a time. */
  async publish(records: readonly SinkRecord[]): Promise<PublishResult> {
    const channel = this.#channel;
    if (channel === undefined) {
      return { outcomes: records.map(() => 'unknown'), failure: this.#failure ?? ended };
    }
    this.#isPublishing = true;
    const outcomes = await this.#publish(channel, records);
    this.#isPublishing = false;
    return { outcomes, failure: this.isOpen() ? undefined : (this.#failure ?? ended) };
  }

  async #publish(
    channel: ConfirmChannel,
    records: readonly SinkRecord[],
  ): Promise<readonly PublishOutcome[]> {
    const { target, limits } = this.#deps;
    this.#batch = publishBatch(records, {
      channel,
      target,
      maxMessageBytes: limits.maxMessageBytes,
      onProgress: () => this.#awaitConfirm(),
    });
    this.#awaitConfirm();
    const outcomes = await this.#batch.outcomes;
    clearTimeout(this.#timer);
    this.#batch = undefined;
    if (this.isOpen() && outcomes.some((outcome) => outcome === 'nacked' || outcome === 'returned')) {
      await this.#checkTarget();
    }
    return outcomes;
  }

  /** Of a queue that was deleted, a server says first that it refuses. */
  async #checkTarget(): Promise<void> {
    const connection = this.#connection as AmqpConnection;
    const timer = setTimeout(() => connection.destroy(), this.#deps.settings.confirmTimeoutMs);
    await checkTarget(connection, this.#deps.target).catch((error) => this.#end(toRabbitMqError(error)));
    clearTimeout(timer);
  }

  #watch({ model }: AmqpConnection, channel: ConfirmChannel): void {
    // The first reason is the one: the others follow from it.
    const fail = (error: unknown, reason: LaneFailure) => {
      this.#failure ??= new RabbitMqError(reason, readReplyText(error), { cause: error });
    };
    model.on('error', (error) => fail(error, 'connection'));
    model.on('close', (error?: Error) => error && fail(error, 'connection'));
    model.on('blocked', (reason) => this.#block(reason));
    model.on('unblocked', () => this.#block(undefined));
    channel.on('error', (error) => {
      this.#learnLimit(error);
      fail(error, readReplyCode(error) === replyCodes.accessRefused ? 'authentication' : 'protocol');
    });
    channel.on('return', (message) => {
      if (this.#batch?.returned(message) !== true) {
        this.#end(new RabbitMqError('answer_check', 'a message came back that was not sent'));
      }
    });
    // amqplib tells the reason of a connection's end after the end of its channels.
    channel.on('close', () => queueMicrotask(() => this.#end(ended)));
  }

  #awaitConfirm(): void {
    clearTimeout(this.#timer);
    if (this.#batch !== undefined && !this.#isBlocked) {
      const { confirmTimeoutMs } = this.#deps.settings;
      this.#timer = setTimeout(() => {
        this.#end(new RabbitMqError('timeout', `no confirm came for ${confirmTimeoutMs} ms`));
      }, confirmTimeoutMs);
    }
  }

  #block(reason: string | undefined): void {
    this.#isBlocked = reason !== undefined;
    this.#awaitConfirm();
    this.#deps.onBlock(reason);
  }

  #learnLimit(error: unknown): void {
    const [, limit] = /message size \d+ is larger than configured max size (\d+)/.exec(String(error)) ?? [];
    if (limit !== undefined) {
      this.#deps.limits.maxMessageBytes = Number(limit);
    }
  }

  #end(failure: RabbitMqError): void {
    if (this.#channel === undefined) {
      return;
    }
    this.#channel = undefined;
    this.#failure ??= failure;
    this.#connection?.destroy();
    if (this.#isBlocked) {
      this.#block(undefined);
    }
    if (this.#isPublishing) {
      // Whoever waits for the answer hears of the end by it.
      this.#batch?.end();
    } else {
      this.#onEnd?.();
    }
  }
}
