import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { systemClock } from '../../runtime/clock.ts';

const throttleCheckMs = 10;

/**
 * Replaces one method of kafkajs. The original sets a timer of a negative delay again and again, on each connection,
 * whether anything waits or not (tulios/kafkajs issues 1704 and 1751). That is a wake-up each millisecond and a
 * `TimeoutNegativeWarning` on Node 24. Only requests that a throttled connection holds back need the timer; all others are
 * sent when an answer arrives. Calling it again changes nothing.
 */
export function mendRequestQueue(): void {
  RequestQueue.prototype.scheduleCheckPendingRequests = function scheduleCheckPendingRequests() {
    if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) {
      return;
    }
    // In kafkajs's own time, which is that of the machine's clock.
    const delayMs = Math.max(this.throttledUntil - systemClock.epochMs(), throttleCheckMs);
    this.throttleCheckTimeoutId = setTimeout(() => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    }, delayMs);
  };
}
