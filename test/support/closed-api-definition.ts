import { type Document, OpenAPIBackend } from 'openapi-backend';

const fixture = (name: string) => new URL(`../fixtures/${name}`, import.meta.url).pathname;

/** Loads the API descriptions of messages and counts, with operation ids, and disallows additional fields. */
export async function loadClosedMessageDefinition(): Promise<Document> {
  const document = await new OpenAPIBackend({ definition: fixture('message-openapi.yaml') }).loadDocument();
  Object.assign(document.paths?.['/cpaas/messages/{messageId}']?.get ?? {}, { operationId: 'message' });
  Object.assign(document.paths?.['/cpaas/analytics/messages']?.get ?? {}, { operationId: 'counts' });
  for (const name of ['Message', 'MessageAnalytics']) {
    Object.assign(document.components?.schemas?.[name] ?? {}, { additionalProperties: false });
  }
  return document;
}

/** Loads the API description of webhooks, with operation ids, and disallows additional fields. */
export async function loadClosedDefinition(): Promise<Document> {
  const document = await new OpenAPIBackend({
    definition: fixture('webhook-management-openapi.yaml'),
  }).loadDocument();
  const { paths = {}, components } = document;
  const names: Record<string, Record<string, string>> = {
    '/cpaas/webhooks': { get: 'list', post: 'create' },
    '/cpaas/webhooks/availableevents': { get: 'events' },
    '/cpaas/webhooks/{webhookId}': { get: 'read', put: 'update', delete: 'remove' },
  };
  for (const [path, methods] of Object.entries(names)) {
    for (const [method, operationId] of Object.entries(methods)) {
      Object.assign((paths[path] as Record<string, object>)[method] ?? {}, { operationId });
    }
  }
  for (const name of ['WebhookConfigurationCreateUpdate', 'WebhookEvents', 'EventFilters']) {
    // The read schema extends the write schema, so only the copy of the write schema for requests disallows additional
    // fields.
    const schema = components?.schemas?.[name];
    if (schema === undefined) {
      throw new Error(`The description has no schema ${name}`);
    }
    if (name !== 'WebhookConfigurationCreateUpdate') {
      Object.assign(schema, { additionalProperties: false });
    }
  }
  const write = structuredClone(components?.schemas?.WebhookConfigurationCreateUpdate);
  Object.assign(components?.schemas ?? {}, { ClosedWrite: { ...write, additionalProperties: false } });
  for (const operation of [paths['/cpaas/webhooks']?.post, paths['/cpaas/webhooks/{webhookId}']?.put]) {
    const content = operation?.requestBody as { content: Record<string, { schema: object }> };
    content.content['application/json'] = { schema: { $ref: '#/components/schemas/ClosedWrite' } };
  }
  return document;
}
