import { describeKafkaFailure } from './describe-kafka-failure.ts';
import { LinkError } from './link-error.ts';

/** An error of the filter for the operator: what it was, and what to do. A broker's own words say that already. */
export function describeTrouble(error: unknown, brokers: readonly string[]): string {
  const link = findLinkError(error);
  if (link !== undefined) {
    return `${describeKafkaFailure(link, brokers)} (${link.reason})`;
  }
  return error instanceof Error ? error.message : String(error);
}

function findLinkError(error: unknown): LinkError | undefined {
  let current = error;
  while (current instanceof Error && !(current instanceof LinkError)) {
    current = current.cause;
  }
  return current instanceof LinkError ? current : undefined;
}
