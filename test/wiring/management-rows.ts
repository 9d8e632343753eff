import { freePorts } from '../support/free-ports.ts';
import type { Open } from './open.ts';
import { isAnswered } from './seen-receiver.ts';
import { type Row, row } from './trial.ts';

/** Rows for the address of the management port, for both processes. */
export function managementRows(open: Open): Row[] {
  const look = (hosts: readonly string[], port: number) => async (env: Parameters<Open>[0]) => {
    const { stop, managementUrl } = await open(env);
    const at = port === 0 ? new URL(managementUrl).port : port;
    const answered = await Promise.all(hosts.map((host) => isAnswered(`http://${host}:${at}/metrics`)));
    await stop();
    return answered;
  };
  return [
    row('MANAGEMENT_HOST', () => ({
      to: '127.0.0.2',
      see: look(['127.0.0.1', '127.0.0.2'], 0),
      shows: [false, true],
    })),
    row('MANAGEMENT_PORT', async () => {
      const [port = 0] = await freePorts(1);
      return { from: '0', to: String(port), see: look(['127.0.0.1'], port), shows: [true] };
    }),
  ];
}
