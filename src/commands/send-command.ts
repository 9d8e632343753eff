import { Command } from 'commander';
import { describeError, hasCode } from '../runtime/errors.ts';
import { exitCodes } from '../runtime/run-process.ts';
import {
  type PostWebhookRequest,
  postWebhook,
  type WebhookAnswer,
  where401IsExplained,
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

const passesForProvider =
  "is a name of the provider's: alerts, counts, the filter and consumers take the event for one of its.";

export function createSendCommand(io: CommandIo): Command {
  const command = new Command('send').description(
    'sign and post test events as the provider does; prints the status and the answer',
  );
  return addTargetOptions(command)
    .option(
      '--batch-size <events>',
      'send an array of this many events, 1 to 500, instead of a single event',
      createIntegerParser(1, 500),
    )
    .option(
      '--name <name>',
      "event name; every name that does not begin with webhook. passes for the provider's",
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
        writeLine(io.stderr, `${options.name} ${passesForProvider}`);
      }
      const events = Array.from({ length: options.batchSize ?? 1 }, () =>
        createSampleEvent({ name: options.name }),
      );
      const body = Buffer.from(JSON.stringify(options.batchSize === undefined ? events[0] : events));
      const answer = await post({ ...target, body });
      writeLine(io.stdout, `${answer.status} ${answer.text.trimEnd()}`);
      const isSuccess = answer.status >= 200 && answer.status < 300;
      const isStored = isSuccess && readStored(answer.text) === events.length;
      const next = isSuccess && !isStored ? noReceiver : nextSteps.get(answer.status);
      if (next !== undefined) {
        writeLine(io.stderr, next);
      }
      io.exit(isStored ? exitCodes.done : exitCodes.failed);
    });
}

const noReceiver =
  'the answer does not say that every event was stored: is it a receiver that answers at this URL?';

/** Other servers answer 2xx to anything. @returns the events that a receiver says it has stored */
function readStored(text: string): unknown {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null && 'accepted' in answer
      ? answer.accepted
      : undefined;
  } catch {
    return undefined;
  }
}

/** What to do next, by the status of an answer. */
const nextSteps: ReadonlyMap<number, string> = new Map([
  [401, where401IsExplained],
  [404, 'no webhook has this path: WEBHOOK_PATH or WEBHOOKS_FILE has those that there are'],
  [503, 'the receiver stores nothing now: "comapi-webhook status" says why, and so does its log'],
]);

/** @throws {Error} with what to do next, when there is no answer */
async function post(request: PostWebhookRequest): Promise<WebhookAnswer> {
  try {
    return await postWebhook(request);
  } catch (error) {
    const { cause } = error instanceof Error && error.cause instanceof Error ? error.cause : {};
    const next = hasCode(cause, 'ECONNREFUSED')
      ? 'nothing listens there. "comapi-webhook receive" starts a receiver, and --url names another'
      : 'check --url, and that a receiver can be reached there from here';
    throw new Error(`${describeError(error)}: ${next}`, { cause: error });
  }
}
