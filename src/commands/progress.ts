import type { Writable } from 'node:stream';
import type { ReadObserver } from '../ports/record-reader.ts';
import { systemClock } from '../runtime/clock.ts';
import { formatBytes, formatCount, formatDuration } from '../runtime/format.ts';
import { writeLine } from './command-io.ts';

export interface ProgressState {
  readonly done: number;
  /** Total number of items, or `undefined` if the total is unknown. */
  readonly total?: number | undefined;
  readonly elapsedMs: number;
  /** Text that is shown after the numbers. */
  readonly detail: string;
  /** Unit of the amounts, or `undefined` if the amounts count items. */
  readonly unit?: 'bytes' | undefined;
}

export interface Progress {
  stop(): void;
}

/** Time in milliseconds before progress is shown. Commands that end earlier show no progress. */
const progressDelayMs = 2_000;
const terminalIntervalMs = 100;
const progressLineIntervalMs = 10_000;
const barWidth = 24;
const clearLineSequence = '\r\u001b[K';

/**
 * Shows the progress of a command that takes more than two seconds, on one line of a terminal.
 *
 * @param linesElsewhere without a terminal, writes a line every 10 s instead of nothing
 */
export function showProgress(
  stderr: Writable,
  state: () => ProgressState,
  { linesElsewhere = false }: { readonly linesElsewhere?: boolean } = {},
): Progress {
  if (!isTerminal(stderr)) {
    const writeProgress = () => stderr.write(`${formatProgress(state())}\n`);
    const timer = linesElsewhere ? setInterval(writeProgress, progressLineIntervalMs).unref() : undefined;
    return { stop: () => clearInterval(timer) };
  }
  const columns = () => ('columns' in stderr && typeof stderr.columns === 'number' ? stderr.columns : 80);
  let elapsedMs = 0;

  function drawLine(): void {
    elapsedMs += terminalIntervalMs;
    if (elapsedMs >= progressDelayMs) {
      stderr.write(`${clearLineSequence}${formatProgress(state()).slice(0, columns() - 1)}`);
    }
  }

  const timer = setInterval(drawLine, terminalIntervalMs).unref();
  return {
    stop() {
      clearInterval(timer);
      if (elapsedMs >= progressDelayMs) {
        stderr.write(clearLineSequence);
      }
    },
  };
}

function isTerminal(stderr: Writable): boolean {
  return 'isTTY' in stderr && stderr.isTTY === true;
}

/** Shows progress and warnings while a store is being read. @param detail returns the text after the numbers */
export function showReadProgress(
  stderr: Writable,
  detail: () => string = () => '',
): Progress & { readonly observer: ReadObserver } {
  let progress: Progress | undefined;
  let doneCount = 0;
  let totalCount: number | undefined = 0;
  let unit: 'bytes' | undefined;

  function startProgress(): Progress {
    const startedAt = systemClock.now();
    const elapsedMs = () => systemClock.now() - startedAt;
    return showProgress(stderr, () => ({
      done: doneCount,
      total: totalCount,
      elapsedMs: elapsedMs(),
      detail: detail(),
      unit,
    }));
  }

  return {
    stop: () => progress?.stop(),
    observer: {
      onStart(_part, amount, counted) {
        progress ??= startProgress();
        unit = counted;
        totalCount = totalCount === undefined || amount === undefined ? undefined : totalCount + amount;
      },
      onProgress(amount) {
        doneCount += amount;
      },
      onWarning(text) {
        if (progress !== undefined && isTerminal(stderr)) {
          stderr.write(clearLineSequence);
        }
        writeLine(stderr, text);
      },
    },
  };
}

export function formatProgress({ done, total, elapsedMs, detail, unit }: ProgressState): string {
  const format = (amount: number) => (unit === 'bytes' ? formatBytes(amount) : formatCount(amount));
  const countPerSecond = elapsedMs === 0 ? 0 : (done * 1_000) / elapsedMs;
  const rate = `${format(Math.round(countPerSecond))}/s`;
  if (done === 0 && total === undefined) {
    return `${formatDuration(elapsedMs)}${detail}`;
  }
  if (total === undefined || total === 0) {
    return `${formatDuration(elapsedMs)} ${format(done)} ${rate}${detail}`;
  }
  const doneShare = Math.min(1, done / total);
  const filledWidth = Math.round(doneShare * barWidth);
  const bar = `${'█'.repeat(filledWidth)}${'░'.repeat(barWidth - filledWidth)}`;
  const timeLeft =
    countPerSecond === 0 ? '' : `, ${formatDuration(((total - done) * 1_000) / countPerSecond)} left`;
  return `${bar} ${Math.floor(doneShare * 100)} % ${format(done)}/${format(total)} ${rate}${timeLeft}${detail}`;
}
