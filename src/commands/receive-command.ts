import { Command } from 'commander';
import { loadReceiverConfig, type ReceiverConfig } from '../config/receiver-config.ts';
import { storeVariables } from '../config/stores.ts';
import type { RunningReceiver } from '../receiver.ts';
import { systemClock } from '../runtime/clock.ts';
import { createBufferedLog, type Logger } from '../runtime/logger.ts';
import { runProcess } from '../runtime/run-process.ts';
import { type CommandIo, chooseLogStyle } from './command-io.ts';
import { loadConfig, logUnusedVariables } from './load-config.ts';

export function createReceiveCommand(io: CommandIo): Command {
  return new Command('receive')
    .description('run the receiver, which verifies webhooks and stores their events')
    .addHelpText(
      'after',
      `
Configured by environment variables. Without ${storeVariables.join(' or ')},
events are stored in a journal in DATA_DIR (./data).

Examples:
  comapi-webhook receive
  KAFKA_BROKERS=localhost:9092 WEBHOOK_SECRETS_DIR=/run/secrets/webhook comapi-webhook receive`,
    )
    .action(async () => {
      const { config, unused } = loadConfig(io.env, loadReceiverConfig);
      const { logger, flush } = createBufferedLog(config.logLevel, chooseLogStyle(config.logFormat, io));
      logUnusedVariables(logger, unused);
      await runProcess({
        async start() {
          const { startReceiver } = await import('../receiver.ts');
          const receiver = await startReceiver(config, { logger, clock: systemClock });
          printNextStep(config, receiver, io);
          warnOfDefaultDirectory(config, io, logger);
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

/**
 * Warns if events go to the default directory. A receiver with a generated secret is for development and needs no
 * warning.
 */
function warnOfDefaultDirectory(
  { store, webhooks }: ReceiverConfig,
  { env }: CommandIo,
  logger: Logger,
): void {
  const isServing = webhooks.some(({ secrets }) => secrets.kind !== 'generated');
  if (store.kind === 'journal' && !env.DATA_DIR && isServing) {
    logger.warn(
      { directory: store.dataDir },
      `events are stored in a journal in the default directory and are lost if this disk is lost. Set ${storeVariables.join(' or ')}, or set DATA_DIR to a directory on a persistent disk`,
    );
  }
}

/** If the receiver uses a generated secret, prints how to send a first event. */
function printNextStep({ webhooks }: ReceiverConfig, { url }: RunningReceiver, io: CommandIo): void {
  for (const { path, secrets } of webhooks) {
    if (secrets.kind === 'generated') {
      io.stderr.write(`
No secret is configured. The receiver uses a generated development secret: ${secrets.file}
To send a signed event, run this command in another terminal:

  ./comapi-webhook send --url ${url}${path} --secret-file ${quoteShellWord(secrets.file)}

`);
    }
  }
}

/** Quotes a text as a single shell word, if needed. */
function quoteShellWord(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
