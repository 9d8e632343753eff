import { createLogger, type Logger } from '../../src/runtime/logger.ts';

export interface CapturedLog {
  readonly logger: Logger;
  readonly lines: Readonly<Record<string, unknown>>[];
  /** Everything that was logged, as text. */
  text(): string;
}

export function captureLog(): CapturedLog {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const logger = createLogger('trace', {
    write(line: string) {
      lines.push(JSON.parse(line) as Record<string, unknown>);
    },
  });
  return { logger, lines, text: () => lines.map((line) => JSON.stringify(line)).join('\n') };
}
