import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import { systemClock } from './clock.ts';
import { holdLines } from './held-lines.ts';
import { createIsoClock } from './iso-clock.ts';
import { toPrintable } from './printable.ts';

export type Logger = PinoLogger;

/** Values of `LOG_LEVEL`, most severe first. */
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Such a line, as of every accepted delivery, holds nothing that others have written: only what is configured, and numbers. */
const infoStart = '{"level":"info"';

/** JSON lines, to standard error by default: standard output is for data. */
export function createLogger(level: LogLevel, destination: DestinationStream = pino.destination(2)): Logger {
  const isoNow = createIsoClock(systemClock);
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${isoNow()}"`,
      formatters: { level: (label) => ({ level: label }) },
      // JSON itself leaves U+007F to U+009F as they are.
      hooks: { streamWrite: (line) => (line.startsWith(infoStart) ? line : toPrintable(line)) },
    },
    destination,
  );
}

export interface BufferedLog {
  readonly logger: Logger;
  /** Writes what is buffered, before the process exits. */
  flush(): void;
}

/**
 * For a long-running process. Lines are held back up to 8 KiB or 200 ms: one write for each line took a fifth of the CPU
 * time of a delivery. pino's destination could hold them too, but measures all that it holds with each line.
 */
export function createBufferedLog(level: LogLevel): BufferedLog {
  const destination = holdLines(pino.destination({ fd: 2, sync: true }), {
    maxCharacters: 8_192,
    maxMs: 200,
  });
  return { logger: createLogger(level, destination), flush: () => destination.flushSync() };
}
