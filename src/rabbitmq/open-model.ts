import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { type ChannelModel, connect } from 'amqplib';
import type { RabbitMqAddress } from '../config/rabbitmq-url.ts';
import type { RabbitMqAccess } from './rabbitmq-access.ts';

export interface OpeningModel {
  /** May never settle. */
  readonly opening: Promise<ChannelModel>;
  /** `undefined` when none could be made. */
  readonly socket: Socket | undefined;
}

/** Frames of RabbitMQ have at most 128 KiB. Others divide messages differently, so there is room. */
const maxFrameSize = 1024 * 1024;

/** Begins to connect. amqplib makes its socket at once and keeps it to itself, but Node tells of each. */
export function openModel(
  { host: hostname, port, isTls, username, password, virtualHost }: RabbitMqAddress,
  access: Pick<RabbitMqAccess, 'tlsOptions'>,
  heartbeatSeconds: number,
): OpeningModel {
  const url = {
    hostname,
    port,
    username,
    password,
    maxFrameSize,
    protocol: isTls ? 'amqps' : 'amqp',
    vhost: encodeURIComponent(virtualHost),
    heartbeat: heartbeatSeconds,
  };
  const options = { ...(isTls && access.tlsOptions()), noDelay: true };
  let socket: Socket | undefined;
  const take = (message: unknown) => {
    socket = (message as { readonly socket: Socket }).socket;
  };
  subscribe('net.client.socket', take);
  try {
    const opening = connect(url, options);
    return { opening, socket };
  } finally {
    unsubscribe('net.client.socket', take);
  }
}
