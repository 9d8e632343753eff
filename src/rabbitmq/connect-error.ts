import { findReachAdvice } from '../append/find-reach-advice.ts';
import { formatRabbitMqAddress, type RabbitMqAddress } from '../config/rabbitmq-url.ts';
import { hasCode } from '../runtime/has-code.ts';
import { RabbitMqError, readReplyCode, readReplyText, replyCodes } from './rabbitmq-error.ts';

/** Names what an operator can do something about. @param closeText the server's words when it closed the connection */
export function toConnectError(
  error: unknown,
  address: RabbitMqAddress,
  closeText: string | undefined,
): RabbitMqError {
  const where = formatRabbitMqAddress(address);
  const user = JSON.stringify(address.username);
  if (error instanceof RabbitMqError) {
    return new RabbitMqError(error.reason, `${where}: ${error.message}`, { cause: error });
  }
  if (readReplyCode(error) === replyCodes.accessRefused) {
    const message = `${where} refused the login of ${user}: ${readReplyText(error)}`;
    return new RabbitMqError('authentication', message, { cause: error });
  }
  if (String(error).includes('Expected ConnectionOpenOk')) {
    // RabbitMQ says whether it does not exist, the user has no right to it, or it has no connection left.
    const message = `${where} did not open the virtual host ${JSON.stringify(address.virtualHost)} to ${user}: ${closeText ?? 'no reason was given'}`;
    return new RabbitMqError('authentication', message, { cause: error });
  }
  const isCut = hasCode(error, 'ECONNRESET') || String(error).includes('closed abruptly');
  const hint = isCut ? 'does the port speak TLS, or not?' : findReachAdvice(error, 'RABBITMQ');
  const text = [readReplyText(error), hint].filter((part) => part !== undefined).join('; ');
  return new RabbitMqError('connection', `${where}: ${text}`, { cause: error });
}
