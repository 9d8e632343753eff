import { Command } from 'commander';
import { describeError, hasCode, isPlainTextPort } from '../runtime/errors.ts';
import { exitCodes } from '../runtime/run-process.ts';
import {
  type PostWebhookRequest,
  postWebhook,
  unauthorizedAdvice,
  type WebhookAnswer,
} from '../tools/provider/post-webhook.ts';
import { createSampleEvent } from '../tools/provider/sample-event.ts';
import { isTestEvent, testEventName } from '../webhook/test-events.ts';
import { type CommandIo, writeLine } from './command-io.ts';
import { createIntegerParser } from './option-parsers.ts';
import { addTargetOptions, readTarget, type TargetFlags } from './target-options.ts';

interface SendOptions extends TargetFlags {
  readonly batchSize?: number;
  readonly name: string;
}

export function createSendCommand(io: CommandIo): Command {
  const command = new Command('send').description(
    'send signed test events to a receiver, and print the response',
  );
  return addTargetOptions(command)
    .option(
      '--batch-size <events>',
      'send an array of this many events, 1 to 500, instead of a single event',
      createIntegerParser(1, 500),
    )
    .option(
      '--name <name>',
      'event name; unless it begins with "webhook.", consumers cannot tell the event from a real one',
      testEventName,
    )
    .addHelpText(
      'after',
      `
Examples:
  comapi-webhook send --secret-file data/secret
  comapi-webhook send --url https://hooks.example.com/webhook --batch-size 100`,
    )
    .action(async (options: SendOptions) => {
      const target = readTarget(options, io.env);
      if (!isTestEvent(options.name)) {
        writeLine(
          io.stderr,
          `warning: ${options.name} is an event name of the provider. Alerts, counts, the filter and consumers treat this event as real.`,
        );
      }
      const events = Array.from({ length: options.batchSize ?? 1 }, () =>
        createSampleEvent({ name: options.name }),
      );
      const body = Buffer.from(JSON.stringify(options.batchSize === undefined ? events[0] : events));
      const answer = await postTestEvents({ ...target, body });
      writeLine(io.stdout, `${answer.status} ${answer.text.trimEnd()}`);
      const isSuccess = answer.status >= 200 && answer.status < 300;
      const isEventStored = isSuccess && readStoredCount(answer.text) === events.length;
      const nextStep =
        isSuccess && !isEventStored ? unconfirmedStorageAdvice : adviceByStatus.get(answer.status);
      if (nextStep !== undefined) {
        writeLine(io.stderr, nextStep);
      }
      io.exit(isEventStored ? exitCodes.done : exitCodes.failed);
    });
}

const unconfirmedStorageAdvice =
  'The response does not confirm that every event was stored. Check that --url is the URL of a receiver.';

/** Reads the number of stored events from the response. Other servers may return 2xx without storing anything. */
function readStoredCount(text: string): unknown {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null && 'accepted' in answer
      ? answer.accepted
      : undefined;
  } catch {
    return undefined;
  }
}

/** Advice by HTTP status. */
const adviceByStatus: ReadonlyMap<number, string> = new Map([
  [401, unauthorizedAdvice],
  [404, 'No webhook has this path. Use a path from WEBHOOK_PATH or WEBHOOKS_FILE.'],
  [
    503,
    'The receiver cannot store events now. For the reason, run "comapi-webhook status" or read the receiver\'s log.',
  ],
]);

/** Posts the request. @throws {Error} with advice, if there is no response */
async function postTestEvents(request: PostWebhookRequest): Promise<WebhookAnswer> {
  try {
    return await postWebhook(request);
  } catch (error) {
    const { cause } = error instanceof Error && error.cause instanceof Error ? error.cause : {};
    const advice = isPlainTextPort(error)
      ? `Try ${request.url.href.replace(/^https:/, 'http:')}.`
      : hasCode(cause, 'ECONNREFUSED')
        ? 'Nothing listens at this address. Start a receiver with "comapi-webhook receive", or give its URL with --url.'
        : 'Check --url, and check that this machine can reach the receiver.';
    throw new Error(`${describeError(error)}. ${advice}`, { cause: error });
  }
}
