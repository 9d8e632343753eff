import type { Attacker } from '../attacks/attacker.ts';
import { judgeAnswer } from '../verdict/judge-answer.ts';
import { createDelivery, type Delivery } from './create-delivery.ts';
import type { Answer, Sender } from './send-delivery.ts';

export interface TrafficOptions {
  readonly deliveries: number;
  readonly sender: Sender;
  /** Number of deliveries in flight. */
  readonly senders: number;
  readonly attacker: Attacker;
  /** Number of deliveries to send for each attack. */
  readonly deliveriesPerAttack: number;
}

const maxAttempts = 20;

/**
 * Sends deliveries at the same time as an attacker's traffic. Like the provider, retries each delivery until it gets a
 * valid answer.
 */
export async function runProxyTraffic(options: TrafficOptions) {
  const { deliveries, sender, senders, attacker, deliveriesPerAttack } = options;
  const sent: Delivery[] = [];
  /** Deliveries that got a 2xx status, even if the rest of the response was wrong. */
  const acknowledged: Delivery[] = [];
  /** Answers that belong to another delivery or lose data. */
  const foreign: string[] = [];
  /** Number of answers after which a delivery was retried. */
  let refusals = 0;
  /** Number of deliveries that were abandoned because every attempt was refused. */
  let givenUp = 0;

  async function attempt(delivery: Delivery): Promise<boolean> {
    const answer = await sender.send(delivery);
    if (delivery.isSigned && answer !== undefined && answer.status >= 200 && answer.status < 300) {
      acknowledged.push(delivery);
    }
    const verdict = judgeAnswer(delivery, answer);
    if (verdict === 'foreign') {
      foreign.push(`expected ${delivery.expected.body}, heard ${describe(answer)}`);
    }
    return verdict !== 'refused';
  }

  async function deliver(delivery: Delivery): Promise<void> {
    for (let attempts = 0; attempts < maxAttempts; attempts += 1) {
      if (await attempt(delivery)) {
        return;
      }
      refusals += 1;
    }
    givenUp += 1;
  }

  async function runSender(): Promise<void> {
    while (sent.length < deliveries) {
      const index = sent.length;
      const delivery = createDelivery(index);
      sent.push(delivery);
      if (index % deliveriesPerAttack === 0) {
        await attacker.attackNext();
      }
      await deliver(delivery);
    }
  }

  await Promise.all(Array.from({ length: senders }, runSender));
  return { sent, acknowledged, foreign, refusals, givenUp };
}

function describe(answer: Answer): string {
  return answer === undefined ? 'nothing' : `${answer.status} ${answer.body.split('\n', 1)[0]}`;
}
