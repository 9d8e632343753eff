import kafkajs, { type AclEntry } from 'kafkajs';
import type { KafkaPermission } from '../../../src/stores/kafka/cluster/errors/kafka-answer-error.ts';
import { waitUntil } from '../wait-until.ts';
import { withAdmin } from './topics.ts';

/**
 * Broker settings that deny every operation for which no permission was granted. Clients that do not log in may do
 * everything.
 */
export const authorizerConfig = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS',
};

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

const operations = {
  Read: AclOperationTypes.READ,
  Write: AclOperationTypes.WRITE,
  Describe: AclOperationTypes.DESCRIBE,
  DescribeConfigs: AclOperationTypes.DESCRIBE_CONFIGS,
  Create: AclOperationTypes.CREATE,
  IdempotentWrite: AclOperationTypes.IDEMPOTENT_WRITE,
} as const;

const resourceTypes = {
  topic: AclResourceTypes.TOPIC,
  group: AclResourceTypes.GROUP,
  'transactional-id': AclResourceTypes.TRANSACTIONAL_ID,
  cluster: AclResourceTypes.CLUSTER,
} as const;

/**
 * Grants permissions. Resolves when the broker applies the permissions. A resource name that ends with `*` is a prefix.
 */
export async function grantRights(
  bootstrap: string,
  username: string,
  rights: readonly KafkaPermission[],
): Promise<void> {
  await withAdmin(bootstrap, async (admin) => {
    const acl = rights.map((right) => toAcl(username, right));
    await admin.createAcls({ acl });
    const isKnown = async (entry: AclEntry) => (await admin.describeAcls(entry)).resources.length > 0;
    await waitUntil(async () => (await Promise.all(acl.map(isKnown))).every(Boolean), {
      timeoutMs: 30_000,
      what: `the rights of ${username}`,
    });
  });
}

/** Revokes permissions. Resolves when the broker no longer applies the permissions. */
export async function takeRights(
  bootstrap: string,
  username: string,
  rights: readonly KafkaPermission[],
): Promise<void> {
  await withAdmin(bootstrap, async (admin) => {
    const filters = rights.map((right) => toAcl(username, right));
    await admin.deleteAcls({ filters });
    const isGone = async (entry: AclEntry) => (await admin.describeAcls(entry)).resources.length === 0;
    await waitUntil(async () => (await Promise.all(filters.map(isGone))).every(Boolean), {
      timeoutMs: 30_000,
      what: `the rights of ${username} are gone`,
    });
  });
}

function toAcl(username: string, { operation, resourceType, resourceName }: KafkaPermission): AclEntry {
  return {
    principal: `User:${username}`,
    host: '*',
    operation: operations[operation],
    permissionType: AclPermissionTypes.ALLOW,
    resourceType: resourceTypes[resourceType],
    resourceName: resourceName.replace(/\*$/, ''),
    resourcePatternType: resourceName.endsWith('*')
      ? ResourcePatternTypes.PREFIXED
      : ResourcePatternTypes.LITERAL,
  };
}
