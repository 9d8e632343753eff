import { once } from 'node:events';
import { describeError } from '../runtime/errors.ts';
import { toIso } from '../runtime/format.ts';
import type { EventFates } from '../tools/provider/simulator/event-fates.ts';
import type { EventSource } from '../tools/provider/simulator/event-source.ts';
import { MessageLedger } from '../tools/provider/simulator/message-ledger.ts';
import { serveApi } from '../tools/provider/simulator/serve-api.ts';
import { type CommandIo, writeLine } from './command-io.ts';

interface SimulatedRun {
  readonly source: EventSource;
  readonly fates: EventFates;
}

/**
 * Answers as the provider's API does of all that happened in a run, sent or not, until the signal.
 *
 * @throws {Error} when it cannot listen there
 */
export async function serveSimulatedApi(
  port: number,
  { source, fates }: SimulatedRun,
  { stderr, stop }: CommandIo & { readonly stop: AbortSignal },
): Promise<void> {
  const ledger = new MessageLedger();
  for (let slot = 0; slot < fates.size; slot += 1) {
    const event = source.at(slot);
    // A repeat is no other event.
    if (event.slot === slot) {
      ledger.recordSimulated(event);
    }
  }
  const period = ledger.period();
  if (stop.aborted || period === undefined) {
    return;
  }
  const { url, close } = await serveApi(ledger, port).catch((error: unknown) => {
    throw new Error(`--serve-api: ${describeError(error)}`, { cause: error });
  });
  const [since, until] = [period.fromMs, period.toMs].map(toIso);
  writeLine(stderr, 'This answers as the API of the provider until Ctrl-C. With the variables of the store:');
  writeLine(
    stderr,
    `COMAPI_API_URL=${url} COMAPI_API_USERNAME=any COMAPI_API_PASSWORD=any comapi-webhook reconcile --since ${since} --until ${until} --late 100000h`,
  );
  try {
    await once(stop, 'abort');
  } finally {
    close();
  }
}
