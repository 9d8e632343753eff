import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { loadSpoolConfig, type SpoolConfig } from '../config/spool-config.ts';
import { findMisspeltVariables } from '../config/unread-variables.ts';
import { UsageError } from '../runtime/errors.ts';
import { toPrintable } from '../runtime/foreign-text.ts';
import { formatBytes, formatCount } from '../runtime/format.ts';
import { exitCodes } from '../runtime/run-process.ts';
import { inspectSpool } from '../stores/spool/find-spooled.ts';
import { setAsideFile } from '../stores/spool/set-aside.ts';
import { askToTakeBack } from '../stores/spool/take-back.ts';
import { type CommandIo, formatTable, writeText } from './command-io.ts';
import { loadAndWarn } from './load-config.ts';

interface SpoolOptions {
  readonly setAside?: boolean;
  readonly takeBack?: boolean;
}

export function createSpoolCommand(io: CommandIo): Command {
  return new Command('spool')
    .description('show what the spool holds; let what was set aside be drained again')
    .option('--set-aside', 'print the lines that were set aside')
    .option('--take-back', 'let the next start of the receiver drain them again')
    .addHelpText(
      'after',
      `
Reads SPOOL_DIR and SPOOL_MAX_BYTES. A receiver may be using the spool. --take-back leaves a note for its next start,
so restart it afterwards.

Examples:
  comapi-webhook spool
  comapi-webhook spool --set-aside | jq -r .headers.ce_id
  comapi-webhook spool --take-back`,
    )
    .action(async (options: SpoolOptions) => {
      if (options.setAside === true && options.takeBack === true) {
        throw new UsageError('--set-aside prints, and --take-back takes away: give one of them');
      }
      const config = loadAndWarn(io, loadSpoolConfig, findMisspeltVariables);
      if (options.setAside === true) {
        await printSetAside(config, io);
      } else {
        writeText(io.stdout, options.takeBack === true ? await takeBack(config) : await describe(config));
      }
      io.exit(exitCodes.done);
    });
}

async function describe({ directory, maxBytes }: SpoolConfig): Promise<string> {
  const { records, bytes, oldest, leftBehind, setAsideRecords } = await inspectSpool(directory);
  const age = records === 0 ? '' : `, the oldest received at ${oldest ?? 'an unknown time'}`;
  return formatTable([
    ['directory', existsSync(directory) ? directory : `${directory}, which does not exist`],
    ['waiting', `${formatCount(records, 'record')} that the store does not have yet${age}`],
    ...(leftBehind.length === 0 ? [] : [['left behind', leftBehind.join(', ')] as const]),
    ['set aside', `${formatCount(setAsideRecords, 'record')} that the store did not take`],
    ['size', `${formatBytes(bytes)} of ${formatBytes(maxBytes)}`],
  ]);
}

async function printSetAside({ directory }: SpoolConfig, { stdout }: CommandIo): Promise<void> {
  const file = join(directory, setAsideFile);
  if (existsSync(file)) {
    await pipeline(createReadStream(file, 'utf8'), toPrintableText, stdout, { end: false });
  }
}

async function* toPrintableText(source: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const text of source) {
    yield toPrintable(text);
  }
}

async function takeBack({ directory }: SpoolConfig): Promise<string> {
  const { setAsideRecords } = await inspectSpool(directory);
  return (await askToTakeBack(directory))
    ? `Restart the receiver: it then takes ${formatCount(setAsideRecords, 'record')} back into the spool, and drains ${setAsideRecords === 1 ? 'it' : 'them'}.\n`
    : `Nothing is set aside in ${directory}.\n`;
}
