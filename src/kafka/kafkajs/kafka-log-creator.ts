import { type logCreator, logLevel } from 'kafkajs';
import type { Logger } from '../../runtime/logger.ts';

/**
 * Writes kafkajs's log lines one level lower. What it calls an error is a failed attempt that its caller judges; what it
 * calls information is of use to a developer only.
 */
export function createKafkaLogCreator(logger: Logger): logCreator {
  return () =>
    ({ namespace, level, log }) => {
      const line = { component: `kafkajs/${namespace}`, broker: log.broker as unknown };
      if (level === logLevel.ERROR || level === logLevel.WARN) {
        logger.warn(line, log.message);
      } else if (level === logLevel.INFO) {
        logger.debug(line, log.message);
      } else {
        logger.trace(line, log.message);
      }
    };
}
