import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import { createIsoClock, systemClock } from './clock.ts';
import { type LineDestination, type ReadableStyle, writeReadable } from './readable-lines.ts';
import { toPrintable } from './untrusted-text.ts';

export type Logger = PinoLogger;

/** Values of `LOG_LEVEL`, most severe first. */
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/**
 * Such a line, as of every accepted delivery, holds nothing that others have written as it was: only what is configured,
 * numbers, and names and identifiers of events, which are made printable before.
 */
const infoStart = '{"level":"info"';

/** JSON lines. */
export function createLogger(level: LogLevel, destination: DestinationStream = toStandardError()): Logger {
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

/**
 * Writes what `logger.info(line, message)` writes, for a line of every delivery: pino looks at each member by itself, which
 * takes three times as long.
 *
 * @returns takes a line of plain values, at least one of them
 */
export function createInfoLine(logger: Logger, message: string): (line: object) => void {
  const parts = logger as unknown as PinoParts;
  const destination = parts[pino.symbols.streamSym];
  const isoNow = createIsoClock(systemClock);
  // Joined here once: each part of a template is a string more for each line.
  const start = `${infoStart},"time":"`;
  const next = `"${parts[pino.symbols.chindingsSym]},`;
  const end = `,"msg":${JSON.stringify(message)}}\n`;
  return (line) => {
    if (logger.isLevelEnabled('info')) {
      const members = JSON.stringify(line).slice(1, -1);
      destination.write(start + isoNow() + next + members + end);
    }
  };
}

/** The parts of a logger, by pino's published symbols. */
interface PinoParts {
  readonly [pino.symbols.streamSym]: DestinationStream;
  /** Members of every line of a child logger, as JSON that begins with a comma. */
  readonly [pino.symbols.chindingsSym]: string;
}

/**
 * Standard output is for data.
 *
 * @param style for a person; JSON without it
 */
export function toStandardError(style?: ReadableStyle): LineDestination {
  const destination = pino.destination({ fd: 2, sync: true });
  return style === undefined ? destination : writeReadable(destination, style);
}

/** What an auditor asks for: who could sign from when on, with which certificate, and when the process ran. */
type AuditEvent = 'started' | 'stopping' | 'secrets_changed' | 'certificate_changed';

/**
 * A line with the field `audit`, whatever LOG_LEVEL is, unless it is `silent`.
 *
 * @param facts names and labels, never a value
 */
export function audit(
  logger: Logger,
  event: AuditEvent,
  facts: Readonly<Record<string, unknown>>,
  message: string,
): void {
  const written = logger.level === 'silent' ? logger : logger.child({}, { level: 'info' });
  written.info({ audit: event, ...facts }, message);
}

export interface BufferedLog {
  readonly logger: Logger;
  /** Writes what is buffered, before the process exits. */
  flush(): void;
}

/**
 * For a long-running process. Lines are held back up to 8 KiB or 200 ms: one write for each line took a fifth of the CPU
 * time of a delivery. pino's destination could hold them too, but measures all that it holds with each line. A person gets
 * each line at once.
 */
export function createBufferedLog(level: LogLevel, style?: ReadableStyle): BufferedLog {
  const standardError = toStandardError(style);
  const destination =
    style === undefined ? holdLines(standardError, { maxCharacters: 8_192, maxMs: 200 }) : standardError;
  return { logger: createLogger(level, destination), flush: () => destination.flushSync() };
}

export interface HeldLinesOptions {
  readonly maxCharacters: number;
  readonly maxMs: number;
}

/** Holds lines back and writes several at once. What is held when the process ends is lost, unless it is flushed. */
export function holdLines(
  destination: LineDestination,
  { maxCharacters, maxMs }: HeldLinesOptions,
): LineDestination {
  let held = '';

  function pass(): void {
    if (held !== '') {
      const text = held;
      held = '';
      destination.write(text);
    }
  }

  setInterval(pass, maxMs).unref();
  return {
    write(text) {
      held += text;
      if (held.length >= maxCharacters) {
        pass();
      }
    },
    flushSync() {
      pass();
      destination.flushSync();
    },
  };
}
