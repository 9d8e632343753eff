import { isAcknowledged, type TrafficLog } from '../../faults/traffic/traffic-log.ts';
import type { StoredRecord } from '../../support/kafka/read-topic.ts';
import type { FaultSpan, SimulationViolation } from '../scenario.ts';

interface Calm {
  /** In which nothing is wrong, and nothing has been for a while. */
  readonly spans: readonly FaultSpan[];
  readonly stored: readonly StoredRecord[];
  /** What records with this key need never comes back. */
  readonly isGone: (key: string) => boolean;
}

/** While nothing is wrong nothing is refused, and nothing is stored twice. */
export function judgeCalm({ requests }: TrafficLog, { spans, stored, isGone }: Calm): SimulationViolation[] {
  const copies = Map.groupBy(stored, ({ headers }) => headers.ce_id);
  const sent = requests.flatMap(({ events }) => events);
  const attempts = Map.groupBy(sent, ({ id }) => id);
  return requests
    .filter(({ sentAt, latencyMs }) =>
      spans.some(({ fromMs, toMs }) => sentAt >= fromMs && sentAt + latencyMs <= toMs),
    )
    .filter(({ kind, events }) => kind !== 'forged' && !events.some(({ key }) => isGone(key)))
    .flatMap((request) => {
      const { outcome, sentAt, events } = request;
      const twice = events.filter(
        ({ id }) => (copies.get(id)?.length ?? 0) > 1 && attempts.get(id)?.length === 1,
      );
      return [
        ...(isAcknowledged(request) ? [] : [`sent at ${sentAt} ms got ${outcome}: ${events[0]?.id}`]),
        ...twice.map(({ id }) => `stored more often than it was sent: ${id}`),
      ].map((text) => ({ kind: 'without a cause', text }) as const);
    });
}

/** While a spool has room, nothing is refused, whatever the store does. */
export function judgeSpooling({ requests }: TrafficLog, fromMs: number): SimulationViolation[] {
  return requests
    .filter((request) => request.kind !== 'forged' && request.sentAt >= fromMs && !isAcknowledged(request))
    .map(({ sentAt, outcome, events }) => ({
      kind: 'without a cause',
      text: `sent at ${sentAt} ms got ${outcome}, beside a spool: ${events[0]?.id}`,
    }));
}

/** What consumers find by: each header of a record tells of its own event. */
export function judgeHeaders(
  { requests }: TrafficLog,
  stored: readonly StoredRecord[],
): SimulationViolation[] {
  const sent = new Map(requests.flatMap(({ events }) => events.map((event) => [event.id, event] as const)));
  return stored.flatMap(({ value, headers }) => {
    const id = /"eventId":"([^"]+)"/.exec(value?.toString() ?? '')?.[1] ?? '';
    const event = sent.get(id);
    const isRight =
      headers.ce_id === id &&
      headers.ce_subject === event?.key &&
      headers.revision === String(event?.revision);
    return isRight || event === undefined
      ? []
      : [{ kind: 'without a cause', text: `the headers of ${id} are ${JSON.stringify(headers)}` } as const];
  });
}
