import type { Env } from '../../src/runtime/config-error.ts';

/** A process under test. Some tests use a store that never accepts records. */
export interface Opened {
  readonly managementUrl: string;
  readonly stop: () => Promise<void>;
}

export type Open = (env: Env) => Promise<Opened>;

/** Returns the result of `look` while the process runs. */
export async function whileOpen<T>(open: Open, env: Env, look: () => Promise<T>): Promise<T> {
  const { stop } = await open(env);
  try {
    return await look();
  } finally {
    await stop();
  }
}
