/** A kind of reverse proxy, and how to run it. */
export interface ProxyKind {
  readonly name: string;
  /** @throws a sentence that says what to install */
  find(): Promise<string>;
  plan(place: ProxyPlace): ProxyPlan;
}

export interface ProxyPlace {
  readonly port: number;
  readonly upstreamPort: number;
  /** The proxy's own, removed after the test. */
  readonly directory: string;
}

export interface ProxyPlan {
  readonly args: readonly string[];
  /** Contents by file name, written to the directory before the start. */
  readonly files: Readonly<Record<string, string>>;
}
