import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { readTextFile } from '../../config/read-text-file.ts';
import type { TracesConfig } from '../../config/traces-config.ts';
import type { Logger } from '../../runtime/logger.ts';

/** The exporter's own time limit ends first, unless a peer keeps it waiting by a byte now and then. */
const maxGraceMs = 1_000;

const maxSockets = 4;

/**
 * Posts spans to the collector. Every export ends: after the time limit its connections are cut. A failure is logged once,
 * and so is its end; its spans are lost.
 */
export class BoundedSpanExporter implements SpanExporter {
  /** An export has ended by then. */
  readonly longestExportMs: number;
  readonly #exporter: OTLPTraceExporter;
  readonly #agent: HttpAgent;
  readonly #url: string;
  readonly #logger: Logger;
  #lostSpans = 0;

  constructor({ url, headers, timeoutMs, compression, tls }: TracesConfig, logger: Logger) {
    this.#logger = logger;
    this.#url = url;
    this.longestExportMs = timeoutMs + Math.min(timeoutMs, maxGraceMs);
    const files = Object.entries(tls).map(([name, file]) => [name, readTextFile(file)]);
    const options = { keepAlive: true, maxSockets, ...Object.fromEntries(files) };
    this.#agent = URL.parse(url)?.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
    this.#exporter = new OTLPTraceExporter({
      url,
      headers: { ...headers },
      timeoutMillis: timeoutMs,
      compression: compression as unknown as NonNullable<ExporterOptions['compression']>,
      httpAgentOptions: () => this.#agent,
    });
  }

  /** What the processor could do about a failure is done here, so it always hears of success. */
  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    const timer = setTimeout(() => {
      this.cut();
      finish(new Error('the collector has not answered in time'));
    }, this.longestExportMs);
    let isOver = false;
    const finish = (error: Error | undefined) => {
      if (!isOver) {
        isOver = true;
        clearTimeout(timer);
        this.#tell(error, spans.length);
        done({ code: ExportResultCode.SUCCESS });
      }
    };
    this.#exporter.export(spans, ({ code, error }) =>
      finish(code === ExportResultCode.SUCCESS ? undefined : (error ?? new Error('the export has failed'))),
    );
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  /** Ends what is under way. */
  cut(): void {
    this.#agent.destroy();
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

type ExporterOptions = NonNullable<ConstructorParameters<typeof OTLPTraceExporter>[0]>;
