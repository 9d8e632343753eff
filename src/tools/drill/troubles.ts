import { randomUUID } from 'node:crypto';
import { ownEventNames } from '../../webhook/own-events.ts';
import { postWebhook } from '../provider/post-webhook.ts';
import { createSampleEvent } from '../provider/sample-event.ts';

/** Something that an alert must see, and that can be ended for certain. */
export interface Trouble {
  readonly name: string;
  readonly alert: string;
  /** What happens to the release, as a sentence without its full stop. */
  readonly what: string;
  /** The line of shell that ends it, or why none is needed. Ending twice does no harm. */
  readonly undo: string;
  /** Until the alert's expression is true. */
  readonly buildsUpMs: number;
  /** How far the alert's expression looks back: it may be true for so long after the end. */
  readonly lingersMs: number;
  plant(): Promise<void>;
  end(): Promise<void>;
}

export interface TroubleTarget {
  readonly release: string;
  readonly namespace?: string | undefined;
  /** Secret of the registration, by its name in the cluster. */
  readonly secretName?: string | undefined;
  /** The webhook. */
  readonly url?: URL | undefined;
  readonly secret?: string | undefined;
  readonly signatureHeader: string;
  readonly stopStore?: string | undefined;
  readonly startStore?: string | undefined;
}

export interface TroubleDeps {
  /** Runs a line of shell; throws when it fails. */
  readonly shell: (line: string) => Promise<string>;
  /** Does it again and again, until the function that it returns is called. */
  readonly every: (ms: number, work: () => Promise<void>) => () => void;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const answerTimeoutMs = 10_000;
const nothingToUndo = 'it ends with this command';

/** What each trouble needs of the target, in the order in which they are planted: those that are over soon come first. */
export const troubleNeeds = {
  'unusable-secret': ['namespace', 'secretName'],
  'dead-letters': ['url', 'secret'],
  'store-away': ['stopStore', 'startStore', 'url', 'secret'],
  restarts: ['namespace'],
  'forged-signatures': ['url'],
} as const satisfies Record<string, readonly (keyof TroubleTarget)[]>;

export type TroubleName = keyof typeof troubleNeeds;

export const troubleNames = Object.keys(troubleNeeds) as TroubleName[];

/** The target must have what the trouble needs. */
export function createTrouble(name: TroubleName, target: TroubleTarget, deps: TroubleDeps): Trouble {
  return { name, ...makers[name](target, deps) };
}

const makers: Record<TroubleName, (target: TroubleTarget, deps: TroubleDeps) => Omit<Trouble, 'name'>> = {
  'unusable-secret': ({ namespace, secretName }, { shell }) => {
    const patch = (body: string) => `kubectl -n ${namespace} patch secret ${secretName} -p '${body}'`;
    const undo = patch('{"data":{"drill-unusable":null}}');
    return {
      alert: 'ComapiWebhookSecretUnusable',
      what: `the Secret ${secretName} gets a key that is too short, beside those that are there`,
      undo,
      // A kubelet looks at its Secrets once in a minute or two.
      buildsUpMs: 2 * minuteMs,
      lingersMs: 3 * minuteMs,
      plant: async () => void (await shell(patch('{"stringData":{"drill-unusable":"short"}}'))),
      end: async () => void (await shell(undo)),
    };
  },
  'dead-letters': (target, { every }) => ({
    alert: 'ComapiWebhookDeadLetters',
    what: 'a signed body that is not JSON is posted again and again: each is a dead letter and stays one',
    undo: nothingToUndo,
    buildsUpMs: 2 * minuteMs,
    lingersMs: 15 * minuteMs,
    ...posting(20_000, every, () => post(target, Buffer.from('a drill'), target.secret ?? '', 200)),
  }),
  'store-away': (target, { shell, every }) => {
    const { stopStore = '', startStore = '', secret = '' } = target;
    let stopPosting: (() => void) | undefined;
    return {
      alert: 'ComapiWebhookStoreUnavailable',
      what: `the store is taken away: ${stopStore}`,
      undo: startStore,
      buildsUpMs: 2 * minuteMs,
      lingersMs: 3 * minuteMs,
      async plant() {
        await shell(stopStore);
        // That a store hangs only deliveries show, to each pod its own, and a release for tests may get none.
        stopPosting = every(5_000, async () => {
          const deliveries = Array.from({ length: 8 }, () => post(target, testEvent(), secret, 503));
          await Promise.allSettled(deliveries);
        });
      },
      async end() {
        stopPosting?.();
        await shell(startStore);
      },
    };
  },
  restarts: ({ namespace, release }, { shell, every }) => {
    let pod = '';
    return {
      alert: 'ComapiWebhookPodRestarts',
      what: 'the process of one pod is ended again and again, and Kubernetes starts it again',
      undo: nothingToUndo,
      // The fourth start comes after 70 s of back-off.
      buildsUpMs: 8 * minuteMs,
      lingersMs: hourMs,
      ...posting(minuteMs, every, async () => {
        pod ||= (await shell(listPods({ release, namespace }))).split('\n')[0] as string;
        await shell(`kubectl -n ${namespace} exec ${pod} -- node -e 'process.kill(1)'`);
      }),
    };
  },
  'forged-signatures': (target, { every }) => ({
    alert: 'ComapiWebhookSignatureFailures',
    what: 'test events with a signature of no secret are posted every five seconds',
    undo: nothingToUndo,
    buildsUpMs: 2 * minuteMs,
    lingersMs: 12 * hourMs,
    ...posting(5_000, every, () => post(target, testEvent(), randomUUID(), 401)),
  }),
};

/** The line of shell that prints the receivers of the release. */
export function listPods({ release, namespace }: Pick<TroubleTarget, 'release' | 'namespace'>): string {
  return `kubectl -n ${namespace} get pods -o name -l app.kubernetes.io/component=receiver,app.kubernetes.io/instance=${release}`;
}

/** The first time must succeed. What fails later is tried again: a pod may just be starting. */
function posting(
  ms: number,
  every: TroubleDeps['every'],
  work: () => Promise<void>,
): Pick<Trouble, 'plant' | 'end'> {
  let stop: (() => void) | undefined;
  return {
    async plant() {
      await work();
      stop = every(ms, () => work().catch(() => undefined));
    },
    end: async () => stop?.(),
  };
}

function testEvent(): Buffer {
  return Buffer.from(JSON.stringify(createSampleEvent({ name: ownEventNames.test })));
}

async function post(
  { url, signatureHeader }: TroubleTarget,
  body: Buffer,
  secret: string,
  expected: number,
): Promise<void> {
  const { status, text } = await postWebhook({
    url: url as URL,
    body,
    secret,
    signatureHeader,
    timeoutMs: answerTimeoutMs,
  });
  if (status !== expected) {
    throw new Error(`${url?.href} answers ${status} instead of ${expected}: ${text}`);
  }
}
