import type { CommandConfig } from '../config/command-config.ts';
import { singleWebhookName } from '../config/webhook-config.ts';
import { findNearest } from '../runtime/near-names.ts';

/** Names of the registrations that the receiver has, none of whose secrets is read. */
export function listWebhookNames({ webhookTopics }: Pick<CommandConfig, 'webhookTopics'>): string[] {
  return webhookTopics.length === 0 ? [singleWebhookName] : webhookTopics.map(({ webhook }) => webhook);
}

/** That a registration is not known, and which one may be meant, as a sentence for the user. */
export function describeUnknownWebhook(name: string, known: readonly string[]): string {
  const nearest = findNearest(name, known);
  const meant = nearest === undefined ? `known: ${known.join(', ')}` : `did you mean "${nearest}"?`;
  return `--webhook: no registration of this configuration is named "${name}": ${meant}`;
}
