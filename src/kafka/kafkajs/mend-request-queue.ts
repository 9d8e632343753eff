import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { systemClock } from '../../runtime/clock.ts';
import { verifyPause } from './throttle.ts';

const throttleCheckMs = 10;

/**
 * Replaces two methods of kafkajs. One sets a timer of a negative delay again and again, on each connection, whether
 * anything waits or not (tulios/kafkajs issues 1704 and 1751). That is a wake-up each millisecond and a
 * `TimeoutNegativeWarning` on Node 24. Only requests that a throttled connection holds back need the timer; all others are
 * sent when an answer arrives. The other pauses for as long as a broker says, be it weeks. Calling it again changes
 * nothing.
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
  RequestQueue.prototype.maybeThrottle = function maybeThrottle(clientSideThrottleMs) {
    verifyPause(clientSideThrottleMs);
    if (clientSideThrottleMs > 0) {
      this.throttledUntil = Math.max(this.throttledUntil, systemClock.epochMs() + clientSideThrottleMs);
    }
  };
}
