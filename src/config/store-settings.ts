import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import type { RecordHeaders } from '../webhook/record-headers.ts';

/** Names as the variables of a store give them. */
export interface GivenTopics {
  readonly events: string;
  readonly deadLetter: string;
  readonly latest?: string | undefined;
  /** Other topics for some events, as text. */
  readonly rules?: string | undefined;
}

/** What a receiver does with its store. */
export interface StoreUse {
  readonly requestBudgetMs: number;
  readonly recordHeaders: RecordHeaders | undefined;
}

/** What the configuration knows of a store. A further store is one of these, and a line in `stores.ts`. */
export interface StoreSettings<C> {
  /** For a person. */
  readonly title: string;
  /** The variables that choose it, the usual one first; none of the store that is taken when none is set. */
  readonly choosing: readonly string[];
  /** Of these, what platforms set for what is attached to an app: it chooses when nothing else does. */
  readonly setByPlatforms?: readonly string[];
  /** Of these, what platforms set, and users: nobody can tell whether it is a choice. */
  readonly setByBoth?: readonly string[];
  /** Every variable that it reads. */
  readonly variables: readonly string[];
  readonly topicVariables: Readonly<Record<'events' | 'deadLetter' | 'latest' | 'rules', string>>;
  readTopics(env: Env, problems: ConfigProblem[]): GivenTopics;
  /** @returns `undefined` when it is not chosen, or there is a problem */
  read(env: Env, problems: ConfigProblem[]): C | undefined;
  /** How many queues or streams share the events of a topic, each with a number behind its name. */
  countShares?(config: C): { readonly count: number; readonly variable: string };
  /** Adds what does not go together with how the receiver uses it. */
  check?(config: C, use: StoreUse, problems: ConfigProblem[]): void;
}
