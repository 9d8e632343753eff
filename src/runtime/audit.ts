import type { Logger } from './logger.ts';

/** What an auditor asks for: who could sign from when on, with which certificate, and when the process ran. */
export type AuditEvent = 'started' | 'stopping' | 'secrets_changed' | 'certificate_changed';

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
