import {
  countMessages,
  declareEach,
  gatherConfirms,
  hello,
  openChannel,
  quorum,
  type Script,
} from './server-under-script.ts';

export const messageScripts: Readonly<Record<string, Script>> = {
  'confirms what its queue has, in the same channel again after it was closed': async (server) => {
    await declareEach(server, 'QueueDeclare', [{ queue: 'stored', arguments: quorum }]);
    const talk = await openChannel(server);
    for (let count = 0; count < 5; count += 1) {
      talk.publish(1, { routingKey: 'stored', content: hello });
    }
    await talk.heard(['BasicAck'], 5);
    talk.send('ChannelClose', 1, { replyCode: 200, replyText: '', classId: 0, methodId: 0 });
    talk.send('ChannelOpen', 1);
    talk.send('ConfirmSelect', 1);
    talk.publish(1, { routingKey: 'stored', content: hello });
    await talk.heard(['BasicAck'], 1);
    talk.end();
    return [gatherConfirms(talk.said), await countMessages(server, 'stored')];
  },
  'returns what is routed to no queue, and confirms it': async (server) => {
    const talk = await openChannel(server);
    talk.publish(1, { routingKey: 'nobody', content: hello });
    await talk.heard(['BasicAck'], 1);
    talk.end();
    return talk.said;
  },
  'closes the channel at an exchange that is not there': async (server) => {
    const talk = await openChannel(server);
    talk.publish(1, { exchange: 'nothing', routingKey: 'k', content: hello });
    talk.publish(1, { routingKey: 'nobody', content: hello });
    await talk.heard(['ChannelClose']);
    talk.send('ChannelCloseOk', 1);
    talk.send('ChannelOpen', 1);
    await talk.heard(['ChannelOpenOk']);
    talk.end();
    return talk.said;
  },
  'closes the channel at a message that is too large': async (server) => {
    const talk = await openChannel(server);
    talk.publish(1, { routingKey: 'nobody', content: Buffer.alloc(100_001) });
    await talk.heard(['ChannelClose']);
    talk.end();
    return talk.said;
  },
  'refuses what a full queue does not take': async (server) => {
    await declareEach(server, 'QueueDeclare', [
      { queue: 'full', arguments: { ...quorum, 'x-max-length': 2, 'x-overflow': 'reject-publish' } },
    ]);
    const talk = await openChannel(server);
    for (let tag = 1; tag <= 3; tag += 1) {
      talk.publish(1, { routingKey: 'full', content: hello });
      await talk.heard(['BasicAck', 'BasicNack'], tag);
    }
    const before = talk.said.length;
    for (let count = 0; count < 3; count += 1) {
      talk.publish(1, { routingKey: 'full', content: hello });
    }
    await talk.heard(['BasicAck', 'BasicNack'], 6);
    talk.end();
    return gatherConfirms(talk.said.slice(before));
  },
  'refuses a publisher without the right to write': async (server) => {
    await server.setWriting(false);
    const talk = await openChannel(server);
    talk.publish(1, { routingKey: 'nobody', content: hello });
    await talk.heard(['ChannelClose']);
    talk.end();
    await server.setWriting(true);
    return talk.said;
  },
  'reads nothing from a publisher during an alarm, and all of it afterwards': async (server) => {
    await declareEach(server, 'QueueDeclare', [{ queue: 'alarmed', arguments: quorum }]);
    const talk = await openChannel(server);
    await server.setAlarm(true);
    await talk.quiet(5);
    talk.send('ChannelOpen', 2);
    await talk.heard(['ChannelOpenOk']);
    talk.publish(1, { routingKey: 'alarmed', content: hello });
    talk.send('ChannelOpen', 3);
    await talk.quiet(5);
    await server.setAlarm(false);
    await talk.heard(['BasicAck'], 1);
    talk.end();
    return talk.said;
  },
  'says goodbye at a shutdown, and keeps what it confirmed': async (server) => {
    await declareEach(server, 'QueueDeclare', [{ queue: 'kept', arguments: quorum }]);
    const talk = await openChannel(server);
    talk.publish(1, { routingKey: 'kept', content: hello });
    await talk.heard(['BasicAck'], 1);
    await server.restart();
    return [talk.said, talk.isEnded(), await countMessages(server, 'kept')];
  },
  'says nothing when it is killed, and keeps what it confirmed': async (server) => {
    await declareEach(server, 'QueueDeclare', [{ queue: 'survivor', arguments: quorum }]);
    const talk = await openChannel(server);
    talk.publish(1, { routingKey: 'survivor', content: hello });
    await talk.heard(['BasicAck'], 1);
    await server.kill();
    return [talk.said, talk.isEnded(), await countMessages(server, 'survivor')];
  },
};
