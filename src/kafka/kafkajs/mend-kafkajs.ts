import { verifyKafkajsVersion } from './kafkajs-version.ts';
import { mendAnswers } from './mend-answers.ts';
import { mendDecoder } from './mend-decoder.ts';
import { mendReauthentication } from './mend-reauthentication.ts';
import { mendRequestQueue } from './mend-request-queue.ts';
import { mendScram } from './mend-scram.ts';
import { registerCodecs } from './register-codecs.ts';

/**
 * To be called before any use of kafkajs. Calling it again changes nothing.
 *
 * @throws when another release is installed than the one whose inner modules are replaced here
 */
export function mendKafkajs(): void {
  verifyKafkajsVersion();
  mendAnswers();
  mendDecoder();
  mendReauthentication();
  mendRequestQueue();
  mendScram();
  registerCodecs();
}
