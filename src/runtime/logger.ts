import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import { createIsoClock, systemClock } from './clock.ts';
import { type LineDestination, type ReadableStyle, writePretty } from './readable-lines.ts';
import { toPrintable } from './untrusted-text.ts';

export type Logger = PinoLogger;

/** Values of `LOG_LEVEL`, starting with the most severe. */
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/**
 * The beginning of every info line. Info lines, such as those for accepted deliveries, never contain raw untrusted
 * input. They contain only configured values, numbers, and sanitized names and identifiers of events.
 */
const infoLinePrefix = '{"level":"info"';

/** Creates a logger that writes JSON lines. */
export function createLogger(
  level: LogLevel,
  destination: DestinationStream = createStandardErrorDestination(),
): Logger {
  const isoNow = createIsoClock(systemClock);
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${isoNow()}"`,
      formatters: { level: (label) => ({ level: label }) },
      // JSON.stringify does not escape the characters U+007F to U+009F.
      hooks: { streamWrite: (line) => (line.startsWith(infoLinePrefix) ? line : toPrintable(line)) },
    },
    destination,
  );
}

/**
 * Creates a faster `logger.info(line, message)` for the line that every delivery writes. pino serializes each member
 * separately, which takes three times as long.
 *
 * @returns a function that takes an object with at least one plain value
 */
export function createInfoLine(logger: Logger, message: string): (line: object) => void {
  const parts = logger as unknown as PinoInternals;
  const destination = parts[pino.symbols.streamSym];
  const isoNow = createIsoClock(systemClock);
  // The constant parts are joined here once. If a template contained each part separately, a string would be allocated
  // for each part of every line.
  const start = `${infoLinePrefix},"time":"`;
  const linePrefix = `"${parts[pino.symbols.chindingsSym]},`;
  const end = `,"msg":${JSON.stringify(message)}}\n`;
  return (line) => {
    if (logger.isLevelEnabled('info')) {
      const members = JSON.stringify(line).slice(1, -1);
      destination.write(start + isoNow() + linePrefix + members + end);
    }
  };
}

/** The internals of a logger, by pino's public symbols. */
interface PinoInternals {
  readonly [pino.symbols.streamSym]: DestinationStream;
  /** The members that a child logger adds to every line, as JSON that begins with a comma. */
  readonly [pino.symbols.chindingsSym]: string;
}

/**
 * Creates a destination that writes to standard error. Standard output is for data.
 *
 * @param style the style of readable text; without it, lines are JSON
 */
export function createStandardErrorDestination(style?: ReadableStyle): LineDestination {
  const destination = pino.destination({ fd: 2, sync: true });
  return style === undefined ? destination : writePretty(destination, style);
}

/** Audit events, which record when secrets and certificates were valid and when the process ran. */
type AuditEvent = 'started' | 'stopping' | 'secrets_changed' | 'certificate_changed';

/**
 * Writes a line with the field `audit`, regardless of LOG_LEVEL, unless it is `silent`.
 *
 * @param facts names and labels, never secrets
 */
export function writeAuditLine(
  logger: Logger,
  event: AuditEvent,
  facts: Readonly<Record<string, unknown>>,
  message: string,
): void {
  const auditLogger = logger.level === 'silent' ? logger : logger.child({}, { level: 'info' });
  auditLogger.info({ audit: event, ...facts }, message);
}

export interface BufferedLog {
  readonly logger: Logger;
  /** Writes all buffered lines. Call it before the process exits. */
  flush(): void;
}

/**
 * Creates a logger for a long-running process. It buffers lines up to 8 KiB or 200 ms, because writing each line
 * separately took a fifth of a delivery's CPU time. The buffer of pino is not used, because it measures its whole
 * content with each line. Readable text is not buffered.
 */
export function createBufferedLog(level: LogLevel, style?: ReadableStyle): BufferedLog {
  const standardError = createStandardErrorDestination(style);
  const destination =
    style === undefined ? bufferLines(standardError, { maxCharacters: 8_192, maxMs: 200 }) : standardError;
  return { logger: createLogger(level, destination), flush: () => destination.flushSync() };
}

export interface BufferedLinesOptions {
  readonly maxCharacters: number;
  readonly maxMs: number;
}

/** Buffers lines and writes several at once. Lines in the buffer are lost when the process exits, unless it is flushed. */
export function bufferLines(
  destination: LineDestination,
  { maxCharacters, maxMs }: BufferedLinesOptions,
): LineDestination {
  let bufferedText = '';

  function flushBufferedText(): void {
    if (bufferedText !== '') {
      const text = bufferedText;
      bufferedText = '';
      destination.write(text);
    }
  }

  setInterval(flushBufferedText, maxMs).unref();
  return {
    write(text) {
      bufferedText += text;
      if (bufferedText.length >= maxCharacters) {
        flushBufferedText();
      }
    },
    flushSync() {
      flushBufferedText();
      destination.flushSync();
    },
  };
}
