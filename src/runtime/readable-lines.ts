import { styleText } from 'node:util';
import { toPrintable, toSingleLineText } from './untrusted-text.ts';

/** A destination for the lines that pino writes. */
export interface LineDestination {
  write(text: string): void;
  /** Writes all pending lines synchronously. pino calls this method after a fatal line. */
  flushSync(): void;
}

export interface ReadableStyle {
  readonly colour: boolean;
}

type TextStyle = Parameters<typeof styleText>[0];

const levelStyles: Readonly<Record<string, TextStyle>> = {
  fatal: 'red',
  error: 'red',
  warn: 'yellow',
  info: 'green',
};

/** Matches values that need no quotes. */
const plainText = /^[^\s"={}[\]]+$/;

/** Converts pino's JSON lines to readable text. The conversion does not cost anything in a process that writes JSON. */
export function writePretty(destination: LineDestination, style: ReadableStyle): LineDestination {
  return {
    write: (line) => destination.write(formatReadableLine(line, style)),
    flushSync: () => destination.flushSync(),
  };
}

interface JsonLine {
  readonly level: string;
  readonly time: string;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

/**
 * Formats a line: time of day (UTC), level, message, then the fields in the order in which they were logged. The stack
 * of an error follows, indented. Untrusted input is escaped, so that it cannot control the terminal or start a new
 * line.
 */
function formatReadableLine(line: string, { colour }: ReadableStyle): string {
  const { level, time, msg = '', ...fields } = JSON.parse(line) as JsonLine;
  const paintText = createPaint(colour);
  const { err, stack } = extractStack(fields.err);
  const parts = [
    paintText('dim', time.slice('2026-01-01T'.length)),
    paintText(levelStyles[level] ?? 'dim', level.toUpperCase().padEnd(5)),
    paintText('bold', msg),
    ...formatFields(err === undefined ? fields : { ...fields, err }, paintText),
  ];
  return [parts.join(' '), ...stack.map((frame) => `    ${toPrintable(frame)}`), ''].join('\n');
}

type TextPainter = (style: TextStyle, text: string) => string;

/** Creates a function that escapes untrusted text and optionally colours it. */
export function createPaint(colour: boolean): TextPainter {
  return (style, text) => {
    const escapedLineBreak = toSingleLineText(text);
    return colour ? styleText(style, escapedLineBreak, { validateStream: false }) : escapedLineBreak;
  };
}

function formatFields(fields: object, paint: TextPainter): string[] {
  return Object.entries(fields).map(
    ([name, value]) => `${paint('dim', `${name}=`)}${formatValue(value, paint)}`,
  );
}

function formatValue(value: unknown, paint: TextPainter): string {
  if (Array.isArray(value)) {
    return `[${value.map((item) => formatValue(item, paint)).join(' ')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    return `{${formatFields(value, paint).join(' ')}}`;
  }
  const text = String(value);
  return toSingleLineText(typeof value !== 'string' || plainText.test(text) ? text : JSON.stringify(text));
}

/** Separates the stack frames from the other fields of an error that pino has serialized. */
function extractStack(err: unknown): { err: unknown; stack: readonly string[] } {
  if (typeof err !== 'object' || err === null || !('stack' in err)) {
    return { err, stack: [] };
  }
  const { stack, ...rest } = err;
  return { err: rest, stack: String(stack).split('\n') };
}
