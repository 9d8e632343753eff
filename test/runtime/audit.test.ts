import { expect, test } from 'vitest';
import { createLogger, logLevels, writeAuditLine } from '../../src/runtime/logger.ts';

test.each(logLevels)('a line is written at the level %s, unless that is silent', (level) => {
  const lines: string[] = [];
  const logger = createLogger(level, { write: (line) => lines.push(line) });
  writeAuditLine(
    logger,
    'secrets_changed',
    { webhook: 'crm', added: ['next'] },
    'the webhook secrets have changed',
  );
  const expected = {
    audit: 'secrets_changed',
    level: 'info',
    webhook: 'crm',
    added: ['next'],
    msg: 'the webhook secrets have changed',
  };
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject(
    level === 'silent' ? [] : [expected],
  );
});
