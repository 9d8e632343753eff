import { open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ChooseRun,
  encodeRun,
  parseRun,
  type RememberedRun,
  type ReplayRun,
  type ReplaySource,
} from '../../ports/event-replay.ts';
import {
  listTopicNames,
  type PlacedRecord,
  type ReadOptions,
  type RecordSelection,
} from '../../ports/record-reader.ts';
import type { SinkRecord } from '../../ports/sink.ts';
import { hasCode, UsageError } from '../../runtime/errors.ts';
import { syncDirectory } from '../../runtime/make-directory.ts';
import { readTextIfAny } from './journal-dead-letters.ts';
import { findJournalEnd, formatPlace, journalPart, parsePlace } from './read-journal.ts';
import { readJournalRecords } from './read-journal-records.ts';
import { type JournalPosition, readSegment } from './read-segment.ts';

export interface JournalEventReplayOptions extends Pick<ReadOptions, 'signal' | 'observer'> {
  readonly dataDir: string;
  readonly directory: string;
  readonly selection: RecordSelection;
  /** Names what remembers the run. */
  readonly group: string;
  readonly dryRun: boolean;
  readonly choose: ChooseRun;
}

/**
 * The events of a journal. `DATA_DIR/replay-events.GROUP` keeps how far a run is; whoever writes the journal has it for
 * himself.
 */
export function openJournalEventReplay(options: JournalEventReplayOptions): ReplaySource {
  const { dataDir, directory, selection, group, dryRun, choose, signal, observer } = options;
  const file = join(dataDir, `replay-events.${encodeURIComponent(group)}`);
  let current: ReplayRun | undefined;
  let after = '';
  let end: JournalPosition | undefined;

  async function write(): Promise<void> {
    const to = end === undefined ? '' : formatPlace(end);
    const run = current as ReplayRun;
    // Whoever writes the journal has it for himself.
    const text = encodeRun({ owner: '', run, partCount: 1, parts: new Map([[journalPart, { after, to }]]) });
    await replaceFile(dataDir, file, text);
  }

  async function takeUp({ parts }: RememberedRun): Promise<void> {
    const progress = parts.get(journalPart) ?? { after: '', to: '' };
    after = progress.after;
    end = parsePlace(progress.to);
    if (end !== undefined && (await sizeOf(join(directory, end.segment))) < end.offset) {
      throw new UsageError(
        `${join(directory, end.segment)} does not reach to byte ${end.offset} any more, where the replay that was stopped was to end. Begin anew with --restart`,
      );
    }
  }

  return {
    name: `the journal ${directory}`,
    async begin() {
      const remembered = parseRun(await readTextIfAny(file));
      current = choose(remembered?.run);
      if (remembered !== undefined && current === remembered.run) {
        await takeUp(remembered);
      } else {
        end = await findJournalEnd(directory);
        if (!dryRun) {
          await write();
        }
      }
      return current;
    },
    async *records({ sinceMs, untilMs }) {
      if (end === undefined) {
        return;
      }
      const topics = listTopicNames(selection);
      const bounds = { from: parsePlace(after), to: end };
      const known = after;
      const read = readJournalRecords(
        [{ directory, topics }],
        { ...selection, sinceMs, untilMs },
        { follow: false, signal, observer, bounds },
      );
      for await (const records of read) {
        yield records[0]?.place === known ? records.slice(1) : records;
      }
    },
    async note(done: readonly PlacedRecord[]) {
      after = done.at(-1)?.place ?? after;
    },
    async findRepeated(copies) {
      const repeated = new Set<PlacedRecord>();
      for (const { record, origin } of copies) {
        // A copy has the time and the key of its event, and stands behind it: the run that has the one has the other. Whoever
        // took lines out of the segment has moved those behind them.
        const event = await readLineAt(directory, parsePlace(origin));
        if (event !== undefined && event.headers.ce_id === record.headers.ce_id) {
          repeated.add(record);
        }
      }
      return repeated;
    },
    remember: write,
    finish: () => rm(file),
    close: async () => {},
  };
}

/** `undefined` when there is no such line. */
async function readLineAt(
  directory: string,
  at: JournalPosition | undefined,
): Promise<SinkRecord | undefined> {
  if (at === undefined || !Number.isSafeInteger(at.offset)) {
    return undefined;
  }
  let lines = 0;
  const isFirst = () => lines++ === 0;
  try {
    const range = { start: at.offset, end: Number.POSITIVE_INFINITY };
    for await (const { entries } of readSegment(directory, at.segment, range, isFirst)) {
      if (lines > 0) {
        return entries[0]?.record;
      }
    }
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) {
      throw error;
    }
  }
  return undefined;
}

/** Whole, whatever happens meanwhile. */
async function replaceFile(directory: string, file: string, text: string): Promise<void> {
  const next = `${file}.next`;
  const handle = await open(next, 'w', 0o640);
  try {
    await handle.writeFile(text);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(next, file);
  await syncDirectory(directory);
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return -1;
    }
    throw error;
  }
}
