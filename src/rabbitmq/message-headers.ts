import type { Message } from 'amqplib';

/** The headers of a message that are text: those of a record, when this program has published it. */
export function readHeaders({ properties }: Message): Readonly<Record<string, string | undefined>> {
  const headers: Record<string, unknown> = properties.headers ?? {};
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}
