import type { TopicValidation } from '../../ports/topics.ts';
import type { Logger } from '../../runtime/logger.ts';
import { withConnection } from './amqp-connection.ts';
import type { RabbitMqMetrics } from './classify-result.ts';
import { describeTarget, type TargetFacts } from './describe-target.ts';
import type { PublishTarget } from './publish-target.ts';
import type { RabbitMqAccess } from './rabbitmq-access.ts';
import { validateTarget } from './validate-target.ts';

interface DurabilityWatchDeps {
  readonly access: RabbitMqAccess;
  readonly targets: ReadonlyMap<string, readonly PublishTarget[]>;
  readonly settings: { readonly durabilityCheckMs: number };
  readonly metrics: Pick<RabbitMqMetrics, 'durabilityChecked'>;
  readonly logger: Logger;
}

/** Maximum time in milliseconds until the next check after a check that could not be performed. */
const recheckMs = 5_000;

/** Checks the queues immediately and then every `durabilityCheckMs`, over a separate connection. */
export function startDurabilityWatch(deps: DurabilityWatchDeps) {
  const { access, targets, settings, metrics, logger } = deps;
  const loggedMessages = new Map<string, string>();
  const knownFacts = new Map<PublishTarget, TargetFacts>();
  const validations = new Map<string, TopicValidation>();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  async function checkDurability(): Promise<void> {
    let waitMs = settings.durabilityCheckMs;
    try {
      const validationsByTopic = await validateTargets(access, targets, knownFacts);
      for (const [topic, each] of isStopped ? [] : validationsByTopic) {
        report(topic, each);
      }
    } catch (error) {
      logger.debug({ err: error }, 'could not read the settings of the rabbitmq queues');
      waitMs = Math.min(waitMs, recheckMs);
    }
    if (!isStopped) {
      timer = setTimeout(() => void checkDurability(), waitMs).unref();
    }
  }

  function report(topic: string, ofTargets: readonly TopicValidation[]): void {
    const verdicts = ofTargets.map(({ verdict }) => verdict);
    const verdict = (['error', 'warning'] as const).find((each) => verdicts.includes(each)) ?? 'ok';
    const findings = ofTargets.flatMap((each) => each.findings);
    validations.set(topic, { verdict, findings });
    metrics.durabilityChecked(topic, verdict);
    const text = findings.map(({ message }) => message).join(' ');
    if (loggedMessages.get(topic) === text) {
      return;
    }
    loggedMessages.set(topic, text);
    if (verdict === 'ok') {
      logger.info({ topic }, 'the rabbitmq queue is durable, as far as an AMQP client can see');
    } else {
      logger[verdict === 'error' ? 'error' : 'warn']({ topic, verdict }, `rabbitmq: ${text}`);
    }
  }

  void checkDurability();
  return {
    /** Returns the result of the last check of a topic, or `undefined` before the first check. */
    validation: (topic: string) => validations.get(topic),
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

function validateTargets(
  access: RabbitMqAccess,
  targets: ReadonlyMap<string, readonly PublishTarget[]>,
  known: Map<PublishTarget, TargetFacts>,
): Promise<Map<string, TopicValidation[]>> {
  return withConnection(access, async (connection) => {
    const validations = new Map<string, TopicValidation[]>();
    for (const [topic, own] of targets) {
      const each: TopicValidation[] = [];
      for (const target of own) {
        const facts = await describeTarget(connection, target, known.get(target));
        known.set(target, facts);
        each.push(validateTarget(target, facts));
      }
      validations.set(topic, each);
    }
    return validations;
  });
}
