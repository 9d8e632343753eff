/** One thing that must hold for the process to be ready. */
export interface ReadinessCheck {
  readonly name: string;
  check(): { readonly ok: boolean; readonly detail: string };
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
}

export interface Health {
  readiness(): Readiness;
  /** Not ready from now on: the process is shutting down. */
  drain(): void;
}

/** Readiness from its parts. Liveness is no part of it: a process that answers at all is alive. */
export function createHealth(checks: readonly ReadinessCheck[]): Health {
  let draining = false;
  return {
    drain() {
      draining = true;
    },
    readiness() {
      const results = checks.map(({ name, check }) => ({ name, ...check() }));
      results.push({ name: 'lifecycle', ok: !draining, detail: draining ? 'shutting down' : '' });
      return { ready: results.every(({ ok }) => ok), checks: results };
    },
  };
}
