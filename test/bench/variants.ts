import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readImageMallocVariables, readImageNodeOptions } from '../support/image-node-options.ts';
import { createMemoryLimit } from '../support/memory-limit.ts';
import { cpuSeconds } from '../support/process-counters.ts';
import { waitUntil } from '../support/wait-until.ts';
import { countAllocatedBytes, countingAllocations } from './allocations.ts';
import { benchSecret } from './write-bodies.ts';

export interface Variant {
  readonly name: string;
  /** Program to run. The default is Node. */
  readonly program?: string;
  /** Arguments of `node` or of the program. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunningVariant {
  readonly name: string;
  readonly pid: number;
  readonly url: string;
  /** CPU time in seconds that the process used from its start until it was ready. */
  readonly startCpuSeconds: number;
  /** Measures the bytes that the process allocates on V8's heap during an action. Available only for Node processes. */
  readonly countAllocatedBytes?: (work: () => Promise<unknown>) => Promise<number>;
  stop(): Promise<void>;
}

const here = new URL('../../', import.meta.url).pathname;
const built = new Set<string>();
const server = (file: string) => new URL(`servers/${file}`, import.meta.url).pathname;

export function createVariants(options: {
  brokers: string;
  topic: string;
  deadLetterTopic: string;
  /** Environment variables of the receiver for the other stores, by store name. */
  stores?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Path of the executable that `buildGoPeer` built. */
  goPeer?: string | undefined;
  /** Spool directory of a receiver whose store is unavailable. */
  spoolDirectory?: string;
  /** Path of another checkout with its node_modules. The receiver of that checkout is measured too, for comparison. */
  other?: string | undefined;
  /** Path of another Node executable. The receiver is also measured on this Node. */
  otherNode?: string | undefined;
  /** Command-line options for Node. For each, the receiver is also measured with this option added. */
  nodeOptions?: readonly string[];
}): Variant[] {
  const { brokers, topic, deadLetterTopic, stores = {}, goPeer, spoolDirectory, other, otherNode } = options;
  const { nodeOptions = [] } = options;
  const kafka = { KAFKA_BROKERS: brokers, KAFKA_TOPIC: topic, KAFKA_DEAD_LETTER_TOPIC: deadLetterTopic };
  return [
    { name: 'bare node:http', args: [server('bare.mjs')] },
    { name: "tutorial's way", args: [server('tutorial.mjs')], env: kafka },
    ...(goPeer === undefined
      ? []
      : [{ name: 'Go peer', program: goPeer, args: [], env: { ...kafka, GOMAXPROCS: '1' } }]),
    { name: 'receiver, journal', ...toReceiver() },
    { name: 'receiver, Kafka', ...toReceiver(kafka) },
    ...(other === undefined ? [] : [{ name: 'other receiver, Kafka', ...toReceiver(kafka, other) }]),
    ...(otherNode === undefined
      ? []
      : [{ name: 'receiver, Kafka, other Node', program: otherNode, ...toReceiver(kafka) }]),
    ...nodeOptions.map((option) => {
      const receiver = toReceiver(kafka);
      return {
        name: `receiver, Kafka, ${option}`,
        ...receiver,
        args: insertNodeOption(receiver.args, option),
      };
    }),
    ...Object.entries(stores).map(([store, env]) => ({ name: `receiver, ${store}`, ...toReceiver(env) })),
    ...(spoolDirectory === undefined
      ? []
      : [{ name: 'receiver, spool', ...toReceiver({ ...kafka, ...spoolAlone(spoolDirectory) }) }]),
  ];
}

/**
 * Returns the command that the container image of a checkout runs, with the image's options for Node and malloc. The
 * default is the current checkout.
 */
function toReceiver(env: Variant['env'] = {}, checkout?: string): Pick<Variant, 'args' | 'env'> {
  return {
    args: [...readImageNodeOptions(checkout), buildBundle(checkout), 'receive'],
    env: { ...env, ...readImageMallocVariables(checkout) },
  };
}

/** Inserts the option after the image's options, so that it overrides them. */
function insertNodeOption(args: readonly string[], option: string): string[] {
  const [bundle = '', ...rest] = args.slice(-2);
  return [...args.slice(0, -2), option, bundle, ...rest];
}

/** No server listens on that port, and the spool has enough space for a whole run. */
function spoolAlone(directory: string) {
  return { KAFKA_BROKERS: '127.0.0.1:1', SPOOL_DIR: directory, SPOOL_MAX_BYTES: String(64 * 1024 ** 3) };
}

export function findVariant(variants: readonly Variant[], name: string): Variant {
  const variant = variants.find((each) => each.name === name);
  if (variant === undefined) {
    throw new Error(`There is no variant "${name}"`);
  }
  return variant;
}

interface StartOptions {
  readonly directory: string;
  /** CPU core to which the process is bound. */
  readonly core: number;
  /** Memory limit of each process in MiB, as in a container. By default, there is no limit. */
  readonly memoryMib?: number | undefined;
}

/**
 * Starts a variant in a separate process that is bound to one CPU core. The process writes its log to a file, as in a
 * container.
 */
export async function startVariant(
  variant: Variant,
  { directory, core, memoryMib }: StartOptions,
): Promise<RunningVariant> {
  const { name, program, args, env } = variant;
  const isNode = program === undefined;
  const output = join(directory, `${name.replaceAll(/\W+/g, '-')}.log`);
  const fd = openSync(output, 'w');
  const enter = memoryMib === undefined ? [] : createMemoryLimit(memoryMib);
  const [first = '', ...rest] = [
    ...enter,
    ...['taskset', '-c', String(core), program ?? process.execPath],
    ...(isNode ? countingAllocations : []),
    ...args,
  ];
  const child = spawn(first, rest, {
    env: {
      PATH: process.env.PATH,
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: '0',
      MANAGEMENT_PORT: '0',
      DATA_DIR: join(directory, 'data'),
      WEBHOOK_SECRET: benchSecret,
      ...env,
    },
    stdio: ['ignore', fd, fd, ...(isNode ? (['ipc'] as const) : [])],
  });
  const pid = child.pid ?? 0;
  // Kills the variant's process if a run fails and this process exits.
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  const ports = await waitUntil(() => readPorts(output), {
    timeoutMs: 30_000,
    what: `${name} listens`,
    pollMs: 5,
  });
  const readyUrl = `http://127.0.0.1:${ports.management}/readyz`;
  if (ports.management !== undefined) {
    await waitUntil(async () => (await fetch(readyUrl)).ok, {
      timeoutMs: 30_000,
      what: `${name} is ready`,
      pollMs: 5,
    });
  }
  return {
    name,
    pid,
    url: `http://127.0.0.1:${ports.public}`,
    startCpuSeconds: cpuSeconds(pid),
    ...(isNode && { countAllocatedBytes: (work) => countAllocatedBytes(child, work) }),
    async stop() {
      const exited = once(child, 'exit');
      kill();
      await exited;
      process.off('exit', kill);
    },
  };
}

/** Reads the port from the receiver's log line. The other variants only print their port. */
function readPorts(output: string): { readonly public: string; readonly management?: string } | undefined {
  const text = readFileSync(output, 'utf8');
  const [, url, management] =
    /"url":"http:\/\/localhost:(\d+)","managementUrl":"http:\/\/localhost:(\d+)"/.exec(text) ?? [];
  if (url !== undefined && management !== undefined) {
    return { public: url, management };
  }
  const port = /^(\d+)$/m.exec(text)?.[1];
  return port === undefined ? undefined : { public: port };
}

/**
 * Builds the bundle of the container image, at most once per checkout, because a second build would delete files that
 * running processes use.
 *
 * @returns path of the bundle's entry file
 */
function buildBundle(checkout = here): string {
  if (!built.has(checkout)) {
    execFileSync('npm', ['run', '--silent', 'build'], { cwd: checkout, stdio: 'pipe' });
    built.add(checkout);
  }
  return join(checkout, 'dist/cli.cjs');
}
