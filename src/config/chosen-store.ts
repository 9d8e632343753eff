import type { ConfigProblem, Env } from '../runtime/config-error.ts';

/** The variables that choose each store that is a server, the usual one first. */
export const choosingVariables = {
  kafka: ['KAFKA_BROKERS', 'KAFKA_URL'],
  rabbitmq: ['RABBITMQ_URL', 'RABBITMQ_URL_FILE', 'CLOUDAMQP_URL'],
  redis: ['REDIS_URL', 'REDIS_URL_FILE'],
} as const;

export type ServerStore = keyof typeof choosingVariables;

const kinds = Object.keys(choosingVariables) as ServerStore[];

/** The variable that a user sets for each store that is a server, the usual one first. */
export const storeVariables: readonly string[] = kinds.map((kind) => choosingVariables[kind][0]);

/** Platforms set them for what is attached to an app: they choose a store when nothing else does. */
const platformVariables: readonly string[] = ['KAFKA_URL', 'CLOUDAMQP_URL'];

/** Platforms set them, and users: nobody can tell whether they are a choice. */
const sharedVariables: readonly string[] = ['REDIS_URL'];

/** The store whose variables are set; the journal when none is. Of several, which are a problem, the first. */
export function chooseStore(env: Env): ServerStore | 'journal' {
  return listSet(env)[0]?.kind ?? 'journal';
}

/** Adds a problem when the variables of several stores are set. */
export function checkOneStore(env: Env, problems: ConfigProblem[]): void {
  const [first, ...others] = listSet(env);
  for (const { variable } of others) {
    problems.push({
      variable,
      message: `is set, and so is ${first?.variable}: one store takes the events. Keep one of the two.`,
    });
  }
}

function listSet(env: Env): { readonly kind: ServerStore; readonly variable: string }[] {
  const set = kinds.flatMap((kind) => {
    const variable = choosingVariables[kind].find((name) => env[name]);
    return variable === undefined ? [] : [{ kind, variable }];
  });
  const own = set.filter(({ variable }) => !platformVariables.includes(variable));
  return own.some(({ variable }) => !sharedVariables.includes(variable)) ? own : set;
}
