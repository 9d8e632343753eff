import { isAcknowledged, type SentRequest } from '../../faults/traffic/traffic-log.ts';
import type { SimulationViolation } from '../scenario.ts';
import type { RoundEvidence } from './evidence.ts';

/** In a round without faults, no delivery may be rejected. */
export function judgeRefusals(evidence: RoundEvidence): SimulationViolation[] {
  return listCalm(evidence)
    .filter((request) => !isAcknowledged(request))
    .map(({ sentAt, outcome, events }) => ({
      kind: 'without a cause',
      text: `sent at ${sentAt} ms got ${outcome}: ${events[0]?.id}`,
    }));
}

/** In a round without faults, no event may be stored twice. */
export function judgeCopies(evidence: RoundEvidence): SimulationViolation[] {
  const copies = Map.groupBy(evidence.stored, ({ headers }) => headers.ce_id);
  const sent = evidence.log.requests.flatMap(({ events }) => events);
  const attempts = Map.groupBy(sent, ({ id }) => id);
  return listCalm(evidence)
    .flatMap(({ events }) => events)
    .filter(({ id }) => (copies.get(id)?.length ?? 0) > 1 && attempts.get(id)?.length === 1)
    .map(({ id }) => ({ kind: 'without a cause', text: `stored more often than it was sent: ${id}` }));
}

function listCalm({ log, calm, isGone }: RoundEvidence): SentRequest[] {
  return log.requests
    .filter(({ sentAt, latencyMs }) =>
      calm.some(({ fromMs, toMs }) => sentAt >= fromMs && sentAt + latencyMs <= toMs),
    )
    .filter(({ kind, events }) => kind !== 'forged' && !events.some(({ key }) => isGone(key)));
}

/** While a spool has free space, no delivery may be rejected, even if the store fails. */
export function judgeSpooling({ log, spoolsFromMs = Infinity }: RoundEvidence): SimulationViolation[] {
  return log.requests
    .filter(
      (request) => request.kind !== 'forged' && request.sentAt >= spoolsFromMs && !isAcknowledged(request),
    )
    .map(({ sentAt, outcome, events }) => ({
      kind: 'without a cause',
      text: `sent at ${sentAt} ms got ${outcome}, beside a spool: ${events[0]?.id}`,
    }));
}

/** Each header of a record must describe its test event, because consumers select records by headers. */
export function judgeHeaders({ log, stored }: RoundEvidence): SimulationViolation[] {
  const sent = new Map(
    log.requests.flatMap(({ events }) => events.map((event) => [event.id, event] as const)),
  );
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
