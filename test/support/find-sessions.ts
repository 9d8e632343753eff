import { execFile } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { SinkRecord } from '../../src/ports/sink.ts';
import { toEventRecord } from './append-records.ts';
import { temporaryDirectory } from './test-receiver.ts';

const page = readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8');
const program = new URL('../../src/comapi-webhook.mjs', import.meta.url).pathname;

/** Reads the four `find` sessions in the documentation, each with its command and its output. */
export function readFindSessions() {
  const [, text = ''] = page.split('### Four questions\n');
  const [own = ''] = text.split(/^##/m);
  return [...own.matchAll(/^```console\n\$ (.*)\n([\s\S]*?)^```/gm)].map(([, typed = '', printed = '']) => ({
    typed,
    printed,
  }));
}

export const delivered = '8f14e45f-ceea-467f-9575-6fa1c1b0cd5e';
const failed = 'c9f0f895-fb98-4b91-a2d3-65bb9c6d2a11';

/** Returns the events that the `find` sessions look for. They are the newest of many stored events. */
export function sessionEvents(topic: string): readonly SinkRecord[] {
  const toEvent = (id: string, revision: number, name: string, more: object): SinkRecord => {
    const record = toEventRecord(id, revision, name, { topic });
    const payload = { messageId: id, channel: 'sms', ...more };
    const value = JSON.stringify({ ...JSON.parse(String(record.value)), payload });
    return { ...record, value: Buffer.from(value) };
  };
  const to = { phoneNumber: '447700900123' };
  return [
    toEvent(delivered, 2, 'message.sent', { to }),
    toEvent(delivered, 3, 'message.delivered', { to }),
    toEvent(delivered, 2, 'message.sent', { to }),
    toEvent(failed, 2, 'message.failed', {
      ...{ to: { phoneNumber: '447700900456' }, successful: false },
      ...{ statusCode: '3', statusMessage: 'Absent subscriber' },
    }),
  ];
}

/** Number of other events, from `FIND_SESSIONS_EVENTS`. Each message has ten events. */
export const otherEvents = Number(process.env.FIND_SESSIONS_EVENTS ?? 1_000);

/** Yields the events that the sessions do not look for. @param perBatch number of records per batch */
export function* listOthers(topic: string, perBatch: number): Generator<readonly SinkRecord[]> {
  const body = 'x'.repeat(300);
  let batch: SinkRecord[] = [];
  for (let index = 0; index < otherEvents; index += 1) {
    const key = `other-${index % Math.ceil(otherEvents / 10)}`;
    batch.push(
      toEventRecord(key, 1 + Math.floor((index * 10) / otherEvents), 'message.sent', { topic, body }),
    );
    if (batch.length === perBatch || index === otherEvents - 1) {
      yield batch;
      batch = [];
    }
  }
}

/** Runs a session in a shell whose `PATH` begins with the program. @returns standard output and standard error */
export async function runSession(typed: string, env: Readonly<Record<string, string>>) {
  const bin = temporaryDirectory();
  const script = join(bin, 'comapi-webhook');
  writeFileSync(script, `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
  chmodSync(script, 0o755);
  const startedAt = performance.now();
  const printed = await new Promise<string>((resolve) => {
    const PATH = [bin, env.PATH ?? process.env.PATH].join(delimiter);
    execFile('bash', ['-c', typed], { env: { ...env, PATH }, cwd: bin }, (_error, stdout, stderr) =>
      resolve(
        stdout +
          stderr
            .split('\n')
            .filter((line) => line.startsWith('error:'))
            .map((line) => `${line}\n`)
            .join(''),
      ),
    );
  });
  return { printed, seconds: (performance.now() - startedAt) / 1_000 };
}

/** Removes the values that differ between runs and between stores. */
export function withoutTimes(text: string): string {
  return (
    text
      .replaceAll(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, '…')
      // On a busy machine, a record may be stored more than a second after it was received. The command then prints
      // both times.
      .replaceAll('received …, stored …', 'stored …')
      .replaceAll(/events-[0-9a-f]{8}/g, 'comapi.events')
      .replaceAll(/\b\d{13}-\d+/g, '…')
  );
}
