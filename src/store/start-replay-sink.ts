import { setTimeout as delay } from 'node:timers/promises';
import { Registry } from 'prom-client';
import type { StoreConfig } from '../config/store-config.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Sink } from '../sink/sink.ts';
import { createSink } from './create-sink.ts';

/** A receiver waits for its store for ever; a command says after this time what is in the way. */
const startTimeoutMs = 15_000;
const journalStartTimeoutMs = 2_000;

/** The receiver's own sink, ready to take records. */
export async function startReplaySink(config: StoreConfig, logger: Logger): Promise<Sink> {
  const { topics, webhookTopics, maxBodyBytes, kafka } = config;
  const webhooks = [topics, ...webhookTopics].map(({ events, deadLetter }) => ({
    topic: events,
    deadLetterTopic: deadLetter,
  }));
  const sink = await createSink(
    { ...config, webhooks, http: { maxBodyBytes } },
    { logger, clock: systemClock, registry: new Registry() },
  );
  const timeoutMs = kafka === undefined ? journalStartTimeoutMs : startTimeoutMs;
  const timer = new AbortController();
  const starting = sink.start();
  const isUp = await Promise.race([
    starting.then(() => true),
    delay(timeoutMs, false, { signal: timer.signal }).catch(() => false),
  ]);
  timer.abort();
  if (!isUp) {
    const { detail } = sink.health();
    starting.catch(() => {});
    await sink.close();
    const advice = kafka === undefined ? ' (a journal has one writer: stop the receiver first)' : '';
    throw new Error(`The store takes no records: ${detail}${advice}`);
  }
  return sink;
}
