import type { World } from '../world/world.ts';

/** What a server needs of its world: the fidelity suite runs it in real time. */
export type RedisWorld = Pick<World, 'random' | 'now' | 'after' | 'note'>;
