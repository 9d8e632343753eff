import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from '../../runtime/logger.ts';

/**
 * Posts spans to the collector, as the exporter's own variables say. A failure is logged once, and so is its end; its spans are
 * lost.
 */
export class ToldSpanExporter implements SpanExporter {
  readonly #exporter: OTLPTraceExporter;
  readonly #url: string;
  readonly #logger: Logger;
  #lostSpans = 0;

  constructor(url: string, logger: Logger) {
    this.#url = url;
    this.#logger = logger;
    this.#exporter = new OTLPTraceExporter({ url });
  }

  /** What the processor could do about a failure is done here, so it always hears of success. */
  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#exporter.export(spans, ({ code, error = new Error('the export has failed') }) => {
      this.#tell(code === ExportResultCode.SUCCESS ? undefined : error, spans.length);
      done({ code: ExportResultCode.SUCCESS });
    });
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  #tell(err: Error | undefined, spans: number): void {
    if (err === undefined && this.#lostSpans > 0) {
      this.#logger.info({ url: this.#url, lostSpans: this.#lostSpans }, 'traces are exported again');
      this.#lostSpans = 0;
    } else if (err !== undefined) {
      if (this.#lostSpans === 0) {
        this.#logger.warn(
          { url: this.#url, err },
          'the collector takes no traces: spans are lost, all else goes on',
        );
      }
      this.#lostSpans += spans;
    }
  }
}
