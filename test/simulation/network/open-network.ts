import type { World } from '../world/world.ts';
import { createNetwork, type Network } from './network.ts';
import { replaceNet } from './replace-net.ts';

/** Replaces node:net with a simulated network until the round ends. */
export function openNetwork(world: World): Network & Disposable {
  const network = createNetwork(world);
  const replaced = replaceNet(world, network);
  return { ...network, [Symbol.dispose]: () => replaced[Symbol.dispose]() };
}
