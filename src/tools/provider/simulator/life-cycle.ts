import type { Random } from './seeded-random.ts';

/** The states of one entity, consisting of its event names in order of revision and the payloads of these events. */
export interface LifeCycle {
  readonly names: readonly string[];
  /** Returns the members of the payload for an event with this name, as JSON without the braces. */
  payload(name: string): string;
}

const channels = ['sms', 'email', 'push', 'facebook', 'appMessaging'] as const;

/** Texts with escapes and non-ASCII letters. Their bytes change if a reader parses and reserializes them. */
const sampleTexts = [
  'Your order is on its way',
  'Gr\\u00fc\\u00dfe aus K\\u00f6ln \\u2013 bis morgen!',
  'Café ☕ at 10? "Yes" she said',
  'Line one\\r\\nLine two\\t\\/end',
  '🎉 50\\u0025 off: https:\\/\\/example.com\\/?a=1&b=2',
].map((text) => text.replaceAll('"', '\\"'));

/** Creates a random entity. Most are messages, as in a real account. */
export function createLifeCycle(random: Random, uuid: () => string): LifeCycle {
  const kindRandom = random();
  if (kindRandom < 0.7) {
    return createOutboundMessage(random, uuid);
  }
  if (kindRandom < 0.8) {
    return createInboundMessage(random, uuid);
  }
  if (kindRandom < 0.88) {
    return createProfile(random, uuid);
  }
  return kindRandom < 0.96 ? createConversation(random, uuid) : createChat(random, uuid);
}

function createOutboundMessage(random: Random, uuid: () => string): LifeCycle {
  const commonMembers = `${createMessageMembers(random, uuid)},"metadata":{"orderId":${9007199254740993n + BigInt(Math.floor(random() * 1e6))},"cost":0.${Math.floor(random() * 9)}0,"ratio":1e-3}`;
  const endingRandom = random();
  const names = ['message.sentRequest', 'message.sent'];
  if (endingRandom < 0.8) {
    names.push('message.delivered');
    if (endingRandom < 0.5) {
      names.push('message.read');
    }
    if (endingRandom < 0.1) {
      names.push('interaction.click');
    }
  } else {
    names.push(endingRandom < 0.92 ? 'message.failed' : 'message.expired');
  }
  return {
    names,
    payload: (name) => {
      const hasFailed = name === 'message.failed';
      const detail = hasFailed ? ',"statusCode":"3","statusMessage":"Absent subscriber"' : '';
      const clickMembers = name === 'interaction.click' ? ',"url":"https:\\/\\/example.com\\/offer"' : '';
      return `${commonMembers},"successful":${!hasFailed}${detail}${clickMembers}`;
    },
  };
}

function createInboundMessage(random: Random, uuid: () => string): LifeCycle {
  const members = createMessageMembers(random, uuid);
  return { names: ['message.inbound'], payload: () => `${members},"direction":"inbound"` };
}

function createMessageMembers(random: Random, uuid: () => string): string {
  const channel = pickRandomly(random, channels);
  const digits = String(Math.floor(random() * 1e5)).padStart(5, '0');
  const profileId = uuid();
  return (
    `"messageId":"${uuid()}","details":{"channel":"${channel}",` +
    `"to":{"phoneNumber":"4477009${digits}","profileId":"${profileId}","email":"person${digits}@example.com"},` +
    `"from":{"id":"Example","name":"Example \\u0026 Co"},"body":"${pickRandomly(random, sampleTexts)}","rules":["${channel}","sms"],` +
    `"channelOptions":{"sms":{"from":"Example","allowUnicode":true,"validityPeriod":86400}},` +
    `"additionalInfo":{"to":"4477009${digits}","parts":1,"encoding":"GSM","network":null}}`
  );
}

function createProfile(random: Random, uuid: () => string): LifeCycle {
  const profileUpdates = Array.from({ length: Math.floor(random() * 4) }, () =>
    random() < 0.5 ? 'profile.update' : 'profile.devicesUpdated',
  );
  const names = [
    'profile.create',
    ...profileUpdates,
    ...(random() < 0.2 ? ['profile.delete', 'profile.undelete'] : []),
  ];
  const members = `"profileId":"${uuid()}","firstName":"Zo\\u00eb","email":"zoe@example.com"`;
  return { names, payload: () => members };
}

function createConversation(random: Random, uuid: () => string): LifeCycle {
  const conversationId = uuid();
  const messageId = uuid();
  const text = pickRandomly(random, sampleTexts);
  return {
    names: [
      'conversation.create',
      'conversation.participantAdded',
      'conversation.update',
      'conversationMessage.sent',
      'conversationMessage.delivered',
      'conversationMessage.read',
    ],
    payload: (name) =>
      name.startsWith('conversationMessage.')
        ? `"messageId":"${messageId}","context":{"conversationId":"${conversationId}"},"parts":[{"name":"body","type":"text/plain","data":"${text}"}]`
        : `"conversationId":"${conversationId}","name":"Support","isPublic":false,"roles":{"owner":{"canSend":true}}`,
  };
}

function createChat(random: Random, uuid: () => string): LifeCycle {
  const members = `"chatId":"${uuid()}","channel":"${pickRandomly(random, channels)}","state":"assigned"`;
  return {
    names: ['chat.create', 'chat.channelUpdated', 'chat.closed', 'chat.delete'],
    payload: () => members,
  };
}

function pickRandomly<T>(random: Random, values: readonly [T, ...T[]] | readonly T[]): T {
  return values[Math.floor(random() * values.length)] as T;
}
