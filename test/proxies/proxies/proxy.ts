/** A reverse proxy and the way to run it. */
export interface ProxyKind {
  readonly name: string;
  /**
   * Returns the command.
   * @throws an error that tells the user what to install
   */
  find(): Promise<string>;
  plan(place: ProxyPlace): ProxyPlan;
}

export interface ProxyPlace {
  readonly port: number;
  readonly upstreamPort: number;
  /** Directory of the proxy, which is removed after the test. */
  readonly directory: string;
}

export interface ProxyPlan {
  readonly args: readonly string[];
  /** Contents of files by name, which are written to the directory before the start. */
  readonly files: Readonly<Record<string, string>>;
}
