/** Seed for which a fault begins in the first millisecond of the round. */
export const promptSeed = 1739;

/**
 * JavaScript that replaces the brokers, the receiver and the traffic of `npm run test:faults`. A test sets the facts of
 * a round in `globalThis.planted`. Without these facts, the round has no violation.
 */
export const plantedParts: Readonly<Record<string, string>> = {
  'test/support/tools/provide-tool.ts': 'export const provideTool = async () => {};',
  'test/faults/faulty-kafka.ts': `
    export const startFaultyKafka = async () => ({ cluster: {}, proxies: [], stop: async () => {} });`,
  'test/faults/actions/heal.ts': 'export const heal = async () => {};',
  'test/faults/round-topics.ts': `
    export const partitionCount = 1;
    export const createRoundTopics = async () => {};
    export const deleteRoundTopics = async () => {};
    export const readRoundTopics = async () => ({ deadLetters: [], stored: [
      { partition: 0, offset: 0, timestampMs: 0, key: Buffer.from('k'), value: Buffer.from('{"eventId":"a"}'), headers: {} },
    ] });`,
  'test/faults/services/create-receiver.ts': `
    export const createReceiver = async () => ({
      secret: () => '',
      metrics: async () => new Map([
        ['comapi_webhook_events_received_total', globalThis.planted?.received ?? 1],
        ['comapi_webhook_events_total{outcome="stored"}', globalThis.planted?.stored ?? 1],
      ]),
      process: {
        downTimes: [], start: async () => {}, kill9: async () => {}, logText: async () => '',
        terminate: async () => globalThis.planted?.exitCode ?? 0,
      },
    });`,
  'test/faults/run-fault-traffic.ts': `
    export async function runFaultTraffic({ log, runFaults }) {
      globalThis.log = log;
      const event = { id: 'a', key: 'k', revision: 1, text: '{"eventId":"a"}' };
      log.requests.push({ kind: 'single', events: [event], badElements: [], sentAt: 1, latencyMs: 5, outcome: 200 });
      await runFaults();
      const { servesMs = 1, recoveryMs = 1 } = globalThis.planted ?? {};
      return { servesMs: servesMs ?? undefined, recoveryMs: recoveryMs ?? undefined };
    }`,
};
