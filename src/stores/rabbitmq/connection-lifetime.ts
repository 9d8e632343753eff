import { IllegalOperationError } from 'amqplib';
import { RabbitMqError } from './rabbitmq-error.ts';

/**
 * Lifetime of a connection. Promises of amqplib may never settle, so every call runs through `request`, which rejects
 * when the connection ends or the response is overdue. An overdue response ends the connection.
 */
export interface ConnectionLifetime {
  /** Aborts when the connection ends. The abort reason is the first `RabbitMqError` that ended the connection. */
  readonly ended: AbortSignal;
  end(reason: RabbitMqError): void;
  /**
   * Runs a call that waits for a response.
   *
   * @throws {RabbitMqError} if the connection ends first; otherwise the error of the call
   */
  request<T>(call: () => Promise<T>, timeoutMs?: number): Promise<T>;
}

export function trackConnectionLifetime(answerTimeoutMs: number): ConnectionLifetime {
  const controller = new AbortController();
  const endSignal = controller.signal;
  const end = (reason: RabbitMqError) => controller.abort(reason);

  /**
   * Returns the reason why the connection ended, which is more informative than the error that follows. If the
   * connection is open, returns the given error.
   */
  function explainEnd(error: unknown): unknown {
    if (error instanceof IllegalOperationError) {
      // The channel is closed or closing, so no further operation can succeed on it.
      end(new RabbitMqError('connection', error.message, { cause: error }));
    }
    return endSignal.aborted ? endSignal.reason : error;
  }

  return {
    ended: endSignal,
    end,
    async request(call, timeoutMs = answerTimeoutMs) {
      endSignal.throwIfAborted();
      const { promise, reject } = Promise.withResolvers<never>();
      const onEnd = () => reject(endSignal.reason);
      endSignal.addEventListener('abort', onEnd);
      const timer = setTimeout(
        () => end(new RabbitMqError('timeout', `the server did not respond within ${timeoutMs} ms`)),
        timeoutMs,
      );
      try {
        const answer = await Promise.race([call(), promise]);
        // The response and the end of the connection may have arrived in the same read.
        endSignal.throwIfAborted();
        return answer;
      } catch (error) {
        throw explainEnd(error);
      } finally {
        clearTimeout(timer);
        endSignal.removeEventListener('abort', onEnd);
      }
    },
  };
}
