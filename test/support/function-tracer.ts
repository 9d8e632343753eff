import { once } from 'node:events';
import { waitUntil } from './wait-until.ts';

/** A function of this project's sources: path below `src`, and name. */
export interface TracedFunction {
  readonly file: string;
  readonly name: string;
}

export interface FunctionTracer {
  /**
   * Returns every call of these functions, in order. The action runs twice: first to find the functions, and then to
   * follow the calls. A function that does not run, or does not exist, is missing from the result.
   */
  traceCalls(functions: readonly TracedFunction[], action: () => Promise<unknown>): Promise<TracedFunction[]>;
  close(): void;
}

interface Location {
  readonly scriptId: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

interface CoveredScript {
  readonly scriptId: string;
  readonly url: string;
  readonly functions: readonly {
    readonly functionName: string;
    readonly ranges: readonly { readonly startOffset: number; readonly count: number }[];
  }[];
}

/**
 * Connects to the inspector of a process that runs the sources with `--inspect`. V8's precise coverage finds the
 * functions that run, and breakpoints that continue at once find their order.
 *
 * @param inspectorUrl the URL that Node prints at its start
 */
export async function connectTracer(inspectorUrl: string): Promise<FunctionTracer> {
  const socket = new WebSocket(inspectorUrl);
  await once(socket, 'open');
  let lastId = 0;
  const waiting = new Map<number, (result: unknown) => void>();
  let onPaused: (breakpointIds: readonly string[]) => void = () => undefined;
  const call = <T>(method: string, params: object = {}): Promise<T> => {
    lastId += 1;
    const id = lastId;
    socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve) => {
      waiting.set(id, resolve as (result: unknown) => void);
    });
  };
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data));
    if (message.method === 'Debugger.paused') {
      onPaused(message.params.hitBreakpoints ?? []);
      void call('Debugger.resume');
    } else if (message.id !== undefined) {
      waiting.get(message.id)?.(
        message.error === undefined ? message.result : new Error(message.error.message),
      );
      waiting.delete(message.id);
    }
  });
  await call('Debugger.enable');
  await call('Profiler.enable');
  const sources = new Map<string, string>();

  async function findLocation(scriptId: string, offset: number): Promise<Location> {
    const known = sources.get(scriptId);
    const source =
      known ?? (await call<{ scriptSource: string }>('Debugger.getScriptSource', { scriptId })).scriptSource;
    sources.set(scriptId, source);
    const before = source.slice(0, offset).split('\n');
    return { scriptId, lineNumber: before.length - 1, columnNumber: before.at(-1)?.length ?? 0 };
  }

  async function cover(action: () => Promise<unknown>) {
    await call('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
    await call('Profiler.takePreciseCoverage');
    await action();
    const { result } = await call<{ result: readonly CoveredScript[] }>('Profiler.takePreciseCoverage');
    await call('Profiler.stopPreciseCoverage');
    return result.flatMap(({ scriptId, url, functions }) => {
      const file = /\/src\/(.*\.ts)$/.exec(url)?.[1];
      return file === undefined
        ? []
        : functions
            .filter(({ functionName, ranges }) => functionName !== '' && (ranges[0]?.count ?? 0) > 0)
            .map(({ functionName, ranges }) => ({
              file,
              // V8 names a method by its class, and a private method with its `#`.
              name: functionName.replace(/^.*\.|^(get|set) /, ''),
              scriptId,
              offset: ranges[0]?.startOffset ?? 0,
            }));
    });
  }

  return {
    async traceCalls(functions, action) {
      const called = await cover(action);
      const ids = new Map<string, TracedFunction>();
      for (const wanted of functions) {
        for (const { scriptId, offset } of called.filter(
          ({ file, name }) => file === wanted.file && name === wanted.name,
        )) {
          const location = await findLocation(scriptId, offset);
          // V8 cannot stop at the parameter list, so it stops at the first statement of the body.
          const { breakpointId } = await call<{ breakpointId?: string }>('Debugger.setBreakpoint', {
            location,
          });
          if (breakpointId !== undefined) {
            ids.set(breakpointId, wanted);
          }
        }
      }
      const calls: TracedFunction[] = [];
      onPaused = (breakpointIds) => {
        const hit = breakpointIds.map((id) => ids.get(id)).find(Boolean);
        if (hit !== undefined) {
          calls.push(hit);
        }
      };
      await action();
      await waitUntil(() => waiting.size === 0, { timeoutMs: 10_000, what: 'the process continues' });
      return calls;
    },
    close: () => socket.close(),
  };
}
