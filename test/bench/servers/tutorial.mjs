// The typical tutorial implementation: Express, body-parser with `verify`, a comparison with `!=`, and one kafkajs
// `send` call for each request.
import { createHmac } from 'node:crypto';
import bodyParser from 'body-parser';
import express from 'express';
import { Kafka, logLevel } from 'kafkajs';

const { KAFKA_BROKERS, KAFKA_TOPIC, WEBHOOK_SECRET } = process.env;
const producer = new Kafka({ brokers: [KAFKA_BROKERS], logLevel: logLevel.NOTHING }).producer();
await producer.connect();

const app = express();
app.use(
  bodyParser.json({
    limit: '10mb',
    verify(request, _response, body) {
      const signature = createHmac('sha1', WEBHOOK_SECRET).update(body).digest('hex');
      // biome-ignore lint/suspicious/noDoubleEquals: it is what the tutorial does
      if (request.headers['x-comapi-signature'] != signature) {
        throw new Error('HMAC not valid');
      }
    },
  }),
);
app.post('/webhook', async (request, response) => {
  const events = Array.isArray(request.body) ? request.body : [request.body];
  await producer.send({
    topic: KAFKA_TOPIC,
    messages: events.map((event) => ({
      key: event.payload.messageId,
      value: JSON.stringify(event),
      headers: { name: event.name, eventId: event.eventId, revision: String(event.revision) },
    })),
  });
  response.sendStatus(200);
});
const server = app.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
