import { connect, type Socket } from 'node:net';
import { type EditSetting, editConfigsAnswer } from './edit-configs-answer.ts';
import { createFrameSplitter } from './frame-splitter.ts';
import { apiKeys } from './kafka-wire.ts';

/** Alters a response, including its length prefix. Returns `undefined` to leave the response unchanged. */
export type SpoilAnswer = (answer: { readonly apiKey: number; readonly frame: Buffer }) => Buffer | undefined;

/**
 * Fate of a response: `pass` forwards it, `cut` loses it and closes the connection, and `silent` loses it and all later
 * responses.
 */
export type AnswerFate = 'pass' | 'cut' | 'silent';

export interface ConnectionRules {
  delayMs(): number;
  isFrozen(): boolean;
  /** Called once for each response from the broker to a produce request. */
  fateOfProduceAnswer(): AnswerFate;
  /**
   * Returns the function that alters each setting in a response to DescribeConfigs. Returns `undefined` to leave
   * responses unchanged.
   */
  editSetting(): EditSetting | undefined;
  spoilAnswer: SpoilAnswer;
}

export interface ProxyConnection {
  cut(): void;
  /** Pauses or resumes forwarding, according to the current value of `isFrozen`. */
  applyFreeze(): void;
}

/** Forwards the connection of one client through the proxy, frame by frame and in order. */
export function createProxyConnection(
  client: Socket,
  brokerPort: number,
  rules: ConnectionRules,
  onClose: () => void,
): ProxyConnection {
  const broker = connect({ host: '127.0.0.1', port: brokerPort });
  const produceIds = new Set<number>();
  const configsIds = new Set<number>();
  const apiKeyById = new Map<number, number>();
  let isMute = false;

  function cut(): void {
    client.destroy();
    broker.destroy();
  }

  const toBroker = createDelayLine(client, broker, rules);
  const toClient = createDelayLine(broker, client, rules);
  client.on(
    'data',
    createFrameSplitter((frame) => {
      // The frame starts with its size, the API key, the API version and the correlation id.
      const apiKey = frame.readInt16BE(4);
      apiKeyById.set(frame.readInt32BE(8), apiKey);
      if (apiKey === apiKeys.produce) {
        produceIds.add(frame.readInt32BE(8));
      } else if (apiKey === apiKeys.describeConfigs) {
        configsIds.add(frame.readInt32BE(8));
      }
      toBroker(frame);
    }),
  );
  broker.on(
    'data',
    createFrameSplitter((frame) => {
      const correlationId = frame.readInt32BE(4);
      const fate = produceIds.delete(correlationId) ? rules.fateOfProduceAnswer() : 'pass';
      const edit = configsIds.delete(correlationId) ? rules.editSetting() : undefined;
      if (fate === 'cut') {
        cut();
      }
      isMute ||= fate === 'silent';
      if (!isMute && fate === 'pass') {
        const edited = edit === undefined ? frame : editConfigsAnswer(frame, edit);
        toClient(rules.spoilAnswer({ apiKey: apiKeyById.get(correlationId) ?? -1, frame: edited }) ?? edited);
      }
    }),
  );
  for (const [socket, other] of [
    [client, broker],
    [broker, client],
  ] as const) {
    socket.setNoDelay(true);
    socket.on('error', () => other.destroy());
    socket.on('close', () => {
      other.destroy();
      if (socket === client) {
        onClose();
      }
    });
  }

  function applyFreeze(): void {
    for (const socket of [client, broker]) {
      if (rules.isFrozen()) {
        socket.pause();
      } else {
        socket.resume();
      }
    }
  }
  applyFreeze();
  return { cut, applyFreeze };
}

/** Creates a function that writes data to `to` after `delayMs`, and pauses `from` while `to` is slow. */
function createDelayLine(from: Socket, to: Socket, rules: ConnectionRules): (frame: Buffer) => void {
  const waiting: { readonly frame: Buffer; readonly due: number }[] = [];
  to.on('drain', () => {
    if (!rules.isFrozen()) {
      from.resume();
    }
  });

  function write(frame: Buffer): void {
    if (!to.destroyed && !to.write(frame)) {
      from.pause();
    }
  }

  function release(): void {
    const now = Date.now();
    while (waiting[0] !== undefined && waiting[0].due <= now) {
      write(waiting[0].frame);
      waiting.shift();
    }
    if (waiting[0] !== undefined) {
      setTimeout(release, waiting[0].due - now).unref();
    }
  }

  return (frame) => {
    const delayMs = rules.delayMs();
    if (delayMs === 0 && waiting.length === 0) {
      write(frame);
      return;
    }
    waiting.push({ frame, due: Date.now() + delayMs });
    if (waiting.length === 1) {
      setTimeout(release, delayMs).unref();
    }
  };
}
