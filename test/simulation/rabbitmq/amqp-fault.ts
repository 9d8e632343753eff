/**
 * An error of the server, with the code and text that RabbitMQ uses. The error closes the channel or the whole
 * connection.
 */
export class AmqpFault extends Error {
  readonly code: number;
  readonly scope: 'channel' | 'connection';

  constructor(code: keyof typeof names, text: string, scope: 'channel' | 'connection' = 'channel') {
    super(`${names[code]} - ${text}`);
    this.code = code;
    this.scope = scope;
  }
}

const names = {
  320: 'CONNECTION_FORCED',
  403: 'ACCESS_REFUSED',
  404: 'NOT_FOUND',
  405: 'RESOURCE_LOCKED',
  406: 'PRECONDITION_FAILED',
  504: 'CHANNEL_ERROR',
  530: 'NOT_ALLOWED',
  540: 'NOT_IMPLEMENTED',
  541: 'INTERNAL_ERROR',
};

/** Returns the fields of the close method. @param method payload of the rejected frame */
export function toCloseFields({ code, message }: AmqpFault, method: Buffer) {
  return {
    ...{ replyCode: code, replyText: message },
    ...{ classId: method.readUInt16BE(0), methodId: method.readUInt16BE(2) },
  };
}
