import { Command } from 'commander';
import { loadReceiverConfig, type ReceiverConfig } from '../config/receiver-config.ts';
import { storeVariables } from '../config/stores.ts';
import type { RunningReceiver } from '../receiver.ts';
import { systemClock } from '../runtime/clock.ts';
import { createBufferedLog, type Logger } from '../runtime/logger.ts';
import { runProcess } from '../runtime/run-process.ts';
import { type CommandIo, chooseLogStyle } from './command-io.ts';
import { loadConfig, logUnread } from './load-config.ts';

export function createReceiveCommand(io: CommandIo): Command {
  return new Command('receive')
    .description('receive signed webhooks and store their events; configured by environment variables')
    .addHelpText(
      'after',
      `
Without ${storeVariables.join(' or ')}, events are stored in a journal below DATA_DIR (./data).

Examples:
  comapi-webhook receive
  KAFKA_BROKERS=localhost:9092 WEBHOOK_SECRETS_DIR=/run/secrets/webhook comapi-webhook receive`,
    )
    .action(async () => {
      const { config, unread } = loadConfig(io.env, loadReceiverConfig);
      const { logger, flush } = createBufferedLog(config.logLevel, chooseLogStyle(config.logFormat, io));
      logUnread(logger, unread);
      await runProcess({
        async start() {
          const { startReceiver } = await import('../receiver.ts');
          const receiver = await startReceiver(config, { logger, clock: systemClock });
          printNextStep(config, receiver, io);
          warnOfUnchosenPlace(config, io, logger);
          return receiver;
        },
        logger,
        shutdownTimeoutMs: config.shutdown.timeoutMs,
        signals: io.signals,
        exit(code) {
          flush();
          io.exit(code);
        },
      });
    });
}

/** A start with a generated secret is for development only: it needs no warning. */
function warnOfUnchosenPlace({ store, webhooks }: ReceiverConfig, { env }: CommandIo, logger: Logger): void {
  const isServing = webhooks.some(({ secrets }) => secrets.kind !== 'generated');
  if (store.kind === 'journal' && !env.DATA_DIR && isServing) {
    logger.warn(
      { directory: store.dataDir },
      `events go to a journal in the default directory, and are lost with this disk: set ${storeVariables.join(' or ')}, or DATA_DIR to a directory on a disk that outlasts restarts`,
    );
  }
}

/** When this start generated a secret, prints how to send a first event. */
function printNextStep({ webhooks }: ReceiverConfig, { url }: RunningReceiver, io: CommandIo): void {
  for (const { path, secrets } of webhooks) {
    if (secrets.kind === 'generated') {
      io.stderr.write(`
No secret was configured, so one was made for development: ${secrets.file}
Send a signed event from another terminal:

  ./comapi-webhook send --url ${url}${path} --secret-file ${quoteWord(secrets.file)}

`);
    }
  }
}

/** A word for a shell. */
function quoteWord(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
