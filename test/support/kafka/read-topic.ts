import { spawn } from 'node:child_process';
import { provideTool } from '../tools/provide-tool.ts';
import { waitUntil } from '../wait-until.ts';
import { readEnds } from './topics.ts';

/** A record as an independent client (kcat, librdkafka) reads it. */
export interface StoredRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /**
   * Text of each header. If a header name is repeated, the last value counts. The object is empty if `headers` is
   * `false`.
   */
  readonly headers: Readonly<Record<string, string>>;
}

export interface ReadTopicOptions {
  readonly bootstrap: string;
  readonly topic: string;
  /** Whether to skip the records of aborted and open transactions. */
  readonly readCommitted?: boolean;
  /** If `false`, the headers are not read, which avoids a second pass over the topic. */
  readonly headers?: boolean;
  readonly timeoutMs?: number;
}

/**
 * Reads the current contents of a topic, in the order of each partition. Keys and values are returned as exact bytes.
 */
export async function readTopic(options: ReadTopicOptions): Promise<StoredRecord[]> {
  await readEnds(options.bootstrap, options.topic);
  for (let attempt = 1; ; attempt += 1) {
    // Byte lengths precede the bytes, so that separators cannot be ambiguous. The %h format has no lengths, so headers
    // are read in the JSON pass.
    const bytes = await runKcat(options, ['-f', '%p %o %T %K %S\n%k%s']);
    const headers = options.headers === false ? undefined : toHeaders(await runKcat(options, ['-J']));
    try {
      return parseRecords(bytes, headers);
    } catch (error) {
      // Compaction changed the topic between the two passes, so both passes are repeated.
      if (!(error instanceof TopicChangedError) || attempt === 5) {
        throw error;
      }
    }
  }
}

class TopicChangedError extends Error {}

/**
 * Reads the committed records once the topic contains `count` of them. A coordinator acknowledges the end of a
 * transaction before the partitions have the marker, and without the marker, a reader does not see the records.
 */
export function readCommitted(options: ReadTopicOptions, count: number): Promise<StoredRecord[]> {
  return waitUntil(
    async () => {
      const records = await readTopic({ ...options, readCommitted: true });
      return records.length >= count && records;
    },
    { timeoutMs: 20_000, what: `${count} committed records of ${options.topic}` },
  );
}

type HeaderMap = ReadonlyMap<string, Readonly<Record<string, string>>>;

function parseRecords(bytes: Buffer, headers: HeaderMap | undefined): StoredRecord[] {
  const records: StoredRecord[] = [];
  let at = 0;
  function take(length: number): Buffer | null {
    const from = at;
    at += Math.max(0, length);
    return length < 0 ? null : bytes.subarray(from, at);
  }
  while (at < bytes.length) {
    const lineEnd = bytes.indexOf(0x0a, at);
    const numbers = bytes.toString('latin1', at, lineEnd).split(' ').map(Number);
    const [partition, offset, timestampMs, keyLength, valueLength] = numbers as [
      number,
      number,
      number,
      number,
      number,
    ];
    if (lineEnd < 0 || numbers.length !== 5 || !numbers.every(Number.isSafeInteger)) {
      throw new Error(`kcat wrote what is no record at byte ${at}`);
    }
    at = lineEnd + 1;
    const key = take(keyLength);
    const value = take(valueLength);
    const found = headers === undefined ? {} : headers.get(`${partition}:${offset}`);
    if (found === undefined) {
      throw new TopicChangedError(`The topic changed while it was read: ${partition}:${offset} is gone`);
    }
    records.push({ partition, offset, timestampMs, key, value, headers: found });
  }
  return records;
}

interface JsonEnvelope {
  readonly partition: number;
  readonly offset: number;
  readonly headers?: readonly (string | null)[];
}

/**
 * Parses the headers. The option `-J` writes one record per line, with raw bytes and with the headers as a flat list of
 * names and values.
 */
function toHeaders(output: Buffer): HeaderMap {
  const headers = new Map<string, Record<string, string>>();
  for (const line of output.toString('latin1').split('\n')) {
    if (line !== '') {
      const record = JSON.parse(line) as JsonEnvelope;
      const flat = record.headers ?? [];
      const found: Record<string, string> = {};
      for (let index = 0; index < flat.length; index += 2) {
        found[toText(flat[index])] = toText(flat[index + 1]);
      }
      headers.set(`${record.partition}:${record.offset}`, found);
    }
  }
  return headers;
}

function toText(latin1: string | null | undefined): string {
  return Buffer.from(latin1 ?? '', 'latin1').toString('utf8');
}

/**
 * Time for which the broker waits for records before it sends an empty response, which kcat treats as the end of a
 * partition. The default is 500 ms.
 */
const emptyAnswerMs = 10;

async function runKcat(options: ReadTopicOptions, format: readonly string[]): Promise<Buffer> {
  const kcat = await provideTool('kcat');
  const isolation = options.readCommitted === true ? 'read_committed' : 'read_uncommitted';
  return new Promise((resolve, reject) => {
    const child = spawn(
      kcat,
      [
        ...['-C', '-q', '-e', '-o', 'beginning', '-b', options.bootstrap, '-t', options.topic],
        ...['-X', `isolation.level=${isolation}`, '-X', 'check.crcs=true'],
        ...['-X', `fetch.wait.max.ms=${emptyAnswerMs}`, ...format],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], timeout: options.timeoutMs ?? 60_000, killSignal: 'SIGKILL' },
    );
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) {
        resolve(Buffer.concat(out));
      } else {
        reject(new Error(`kcat ended with ${code ?? signal}: ${Buffer.concat(err).toString('utf8')}`));
      }
    });
  });
}
