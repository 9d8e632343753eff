import type { World } from '../world/world.ts';
import { createNetwork, type Network } from './network.ts';
import { replaceNet } from './replace-net.ts';

/** The network of a round, in the place of node:net's until its end. */
export function openNetwork(world: World): Network & Disposable {
  const network = createNetwork(world);
  const replaced = replaceNet(world, network);
  return { ...network, [Symbol.dispose]: () => replaced[Symbol.dispose]() };
}
