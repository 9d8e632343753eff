import type { Frame } from '../../support/rabbitmq/amqp-frames.ts';
import { AmqpFault } from './amqp-fault.ts';
import type { Broker } from './broker.ts';

export type AnswerFields = Readonly<Record<string, unknown>>;

/** Responds to the frames with which a client opens a connection. @throws {AmqpFault} if a frame is not allowed */
export function answerOpening(
  { name, fields }: Frame,
  broker: Broker,
): readonly [name: string, fields: AnswerFields] | undefined {
  switch (name) {
    case 'header':
      return [
        'ConnectionStart',
        {
          ...{ versionMajor: 0, versionMinor: 9 },
          serverProperties: { product: 'RabbitMQ', version: broker.version },
          ...{ mechanisms: Buffer.from('ANONYMOUS PLAIN AMQPLAIN'), locales: Buffer.from('en_US') },
        },
      ];
    case 'ConnectionStartOk':
      if (broker.refusesLogins || !isPassword(fields.response, broker.password)) {
        throw new AmqpFault(
          403,
          'Login was refused using authentication mechanism PLAIN. For details see the broker logfile.',
          'connection',
        );
      }
      return ['ConnectionTune', { channelMax: 2_047, frameMax: 131_072, heartbeat: 60 }];
    case 'ConnectionTuneOk':
      return undefined;
    case 'ConnectionOpen':
      if (broker.refusesVirtualHost || fields.virtualHost !== broker.virtualHost) {
        throw new AmqpFault(530, `vhost ${String(fields.virtualHost)} not found`, 'connection');
      }
      return ['ConnectionOpenOk', { knownHosts: '' }];
    default:
      throw new AmqpFault(504, `${name} while the connection is opened`, 'connection');
  }
}

function isPassword(response: unknown, password: string): boolean {
  return Buffer.from(response as Buffer)
    .toString()
    .endsWith(`\0${password}`);
}
