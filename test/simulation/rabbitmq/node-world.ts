import type { World } from '../world/world.ts';

/** As much of the world as a server has to do with. */
export type NodeWorld = Pick<World, 'random' | 'after' | 'note'>;
