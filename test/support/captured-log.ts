import { createLogger, type Logger } from '../../src/runtime/logger.ts';

export interface CapturedLog {
  readonly logger: Logger;
  readonly lines: Readonly<Record<string, unknown>>[];
  /** Returns the complete log exactly as it was written. */
  text(): string;
}

export function captureLog(): CapturedLog {
  const lines: Readonly<Record<string, unknown>>[] = [];
  let written = '';
  const logger = createLogger('trace', {
    write(line: string) {
      written += line;
      lines.push(JSON.parse(line) as Record<string, unknown>);
    },
  });
  return { logger, lines, text: () => written };
}
