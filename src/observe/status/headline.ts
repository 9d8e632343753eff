import type { FilterReport, Headline, ReceiverReport } from './status-report.ts';

export function decideReceiverHeadline({
  ready,
  refused,
  registrations,
  store,
  spool,
  checks,
}: Omit<ReceiverReport, 'headline'>): Headline {
  if (refused !== undefined) {
    return { tone: 'bad', text: 'Deliveries are refused' };
  }
  if (!ready) {
    return { tone: 'bad', text: 'The receiver is not ready' };
  }
  if (registrations.some(({ secrets }) => secrets.every(({ problem }) => problem !== undefined))) {
    return { tone: 'bad', text: 'A registration has no secret that can be used' };
  }
  if (spool !== undefined && (!store.up || spool.oldestReceivedAt !== undefined)) {
    return { tone: 'warning', text: 'Deliveries are accepted, and wait in the spool' };
  }
  const isFlawed =
    store.notice !== undefined ||
    spool?.problem !== undefined ||
    checks.some(({ name, detail }) => name === 'read-back' && detail !== '') ||
    registrations.some(({ secrets }) => secrets.some(({ problem }) => problem !== undefined)) ||
    store.topics.some(({ verdict = 'ok', problem }) => verdict !== 'ok' || problem !== undefined);
  return isFlawed
    ? { tone: 'warning', text: 'Deliveries are stored, but something needs a look' }
    : { tone: 'good', text: 'Deliveries are stored' };
}

export function decideFilterHeadline({ ready }: Pick<FilterReport, 'ready'>): Headline {
  return ready
    ? { tone: 'good', text: 'Events are filtered' }
    : { tone: 'bad', text: 'The filter is not ready' };
}
