import { IllegalOperationError } from 'amqplib';
import { RabbitMqError } from './rabbitmq-error.ts';

/**
 * How long a connection lives. What amqplib promises may never settle: it is asked for here only, and waited for until an
 * answer is overdue, or the connection ends. An overdue answer ends the connection.
 */
export interface ConnectionLife {
  /** Its reason is the first `RabbitMqError` that ended the connection. */
  readonly ended: AbortSignal;
  end(reason: RabbitMqError): void;
  /** @throws {RabbitMqError} when the connection ends first; otherwise what the question failed with */
  ask<T>(question: () => Promise<T>, timeoutMs?: number): Promise<T>;
  /** Says a thing that has no answer. @throws as `ask` */
  tell<T>(statement: () => T): T;
}

export function startLife(answerTimeoutMs: number): ConnectionLife {
  const controller = new AbortController();
  const ended = controller.signal;
  const end = (reason: RabbitMqError) => controller.abort(reason);

  /** The end of the connection says why better than what failed by it. */
  function explain(error: unknown): unknown {
    if (error instanceof IllegalOperationError) {
      // The channel is closed, or about to be: on it nothing can succeed any more.
      end(new RabbitMqError('connection', error.message, { cause: error }));
    }
    return ended.aborted ? ended.reason : error;
  }

  return {
    ended,
    end,
    async ask(question, timeoutMs = answerTimeoutMs) {
      ended.throwIfAborted();
      const { promise, reject } = Promise.withResolvers<never>();
      const onEnd = () => reject(ended.reason);
      ended.addEventListener('abort', onEnd);
      const timer = setTimeout(
        () => end(new RabbitMqError('timeout', `the server did not answer within ${timeoutMs} ms`)),
        timeoutMs,
      );
      try {
        const answer = await Promise.race([question(), promise]);
        // The answer and the end may have come in one read.
        ended.throwIfAborted();
        return answer;
      } catch (error) {
        throw explain(error);
      } finally {
        clearTimeout(timer);
        ended.removeEventListener('abort', onEnd);
      }
    },
    tell(statement) {
      try {
        return statement();
      } catch (error) {
        throw explain(error);
      }
    },
  };
}
