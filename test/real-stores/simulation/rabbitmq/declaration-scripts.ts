import { declareEach, openChannel, quorum, type Script } from './server-under-script.ts';

export const declarationScripts: Readonly<Record<string, Script>> = {
  'opens a connection, a channel and confirms, and says goodbye': async (server) => {
    const talk = await openChannel(server);
    talk.send('ChannelClose', 1, { replyCode: 200, replyText: '', classId: 0, methodId: 0 });
    await talk.heard(['ChannelCloseOk']);
    talk.send('ConnectionClose', 0, { replyCode: 200, replyText: '', classId: 0, methodId: 0 });
    await talk.heard(['ConnectionCloseOk']);
    return [talk.said, talk.isEnded()];
  },
  'refuses a wrong password': async (server) => {
    const talk = await server.talk({ password: 'wrong' });
    return talk.said;
  },
  'refuses a virtual host that is not there': async (server) => {
    const talk = await server.talk({ virtualHost: 'nowhere' });
    return talk.said;
  },
  'tells of a queue whether it is there': (server) =>
    declareEach(server, 'QueueDeclare', [
      { queue: 'known', arguments: quorum },
      { queue: 'known', passive: true },
      { queue: 'known' },
      { queue: 'unknown', passive: true },
      { queue: 'volatile', durable: false, arguments: quorum },
    ]),
  'refuses a declaration that differs, and names the difference': (server) =>
    declareEach(server, 'QueueDeclare', [
      { queue: 'limited', arguments: { 'x-max-length': 5, 'x-overflow': 'reject-publish' } },
      { queue: 'limited', arguments: quorum },
      { queue: 'limited', durable: false },
      { queue: 'limited', autoDelete: true },
      { queue: 'limited', arguments: { 'x-overflow': 'reject-publish' } },
      { queue: 'limited', arguments: { 'x-max-length': 70_000, 'x-overflow': 'reject-publish' } },
      { queue: 'limited', arguments: { 'x-max-length': 5 } },
      { queue: 'limited', arguments: { ...quorum, 'x-max-length': 5, 'x-overflow': 'reject-publish' } },
      { queue: 'limited', arguments: { 'x-max-length': 'five', 'x-overflow': 'reject-publish' } },
      { queue: 'limited', arguments: { 'x-max-length': 5, 'x-overflow': 'reject-publish' } },
    ]),
  'tells of an exchange whether it is there, and how it differs': (server) =>
    declareEach(server, 'ExchangeDeclare', [
      { exchange: 'topics', type: 'topic' },
      { exchange: 'topics', type: 'topic', passive: true },
      { exchange: 'nothing', type: 'topic', passive: true },
      { exchange: 'topics', type: 'direct' },
      { exchange: 'topics', type: 'topic', durable: false },
    ]),
  'ends a channel that is opened twice, or was not opened': async (server) => {
    const twice = await server.talk();
    twice.send('ChannelOpen', 1);
    twice.send('ChannelOpen', 1);
    await twice.heard(['ConnectionClose']);
    const never = await server.talk();
    never.send('ConfirmSelect', 7);
    await never.heard(['ConnectionClose']);
    return [twice.said, never.said];
  },
};
