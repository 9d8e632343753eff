import { onTestFinished } from 'vitest';
import { type CuttingRelay, startCuttingRelay } from '../cutting-relay.ts';

/** Starts a relay in front of a server, so that a test can interrupt the network to the server. */
export async function startStageRelay(serverPort: number) {
  const relay = await startCuttingRelay(serverPort);
  return {
    port: relay.port,
    async cutNetwork() {
      const heal = () => {
        relay.chooseCut = undefined;
      };
      onTestFinished(heal);
      relay.chooseCut = closeAtFirstByte;
      relay.cutAll();
      return heal;
    },
    close: () => relay.close(),
  };
}

const closeAtFirstByte: NonNullable<CuttingRelay['chooseCut']> = () => ({ bytes: 0, isReset: true });
