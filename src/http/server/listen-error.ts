import { type ListenAddress, type Listening, type ListeningServer, listenWidely } from './listen.ts';

/** The variables that an address comes from, for people. */
export interface ListenVariables {
  readonly host: string;
  readonly port: string;
}

/** Starts listening. @throws in words for the operator */
export async function listenOrExplain(
  web: ListeningServer,
  address: ListenAddress,
  variables: ListenVariables,
): Promise<Listening> {
  try {
    return await listenWidely(web, address);
  } catch (error) {
    throw toListenError(error, address, variables);
  }
}

/** An error of `listen` in words for the operator: which variable to change. Other errors stay as they are. */
export function toListenError(error: unknown, address: ListenAddress, variables: ListenVariables): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const text = describe(code, address, variables);
  return text === undefined ? error : new Error(text, { cause: error });
}

function describe(
  code: string,
  { host, port }: ListenAddress,
  variables: ListenVariables,
): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return `${variables.port}: another process has port ${port}. Stop that one, or set ${variables.port} to another port (0: any free one).`;
    case 'EACCES':
      return `${variables.port}: this user may not open port ${port}. Set ${variables.port} to one from 1024.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EADDRNOTAVAIL':
      return `${variables.host}: "${host}" is no address of this machine. Set ${variables.host} to one, or to :: for all.`;
    case 'EAFNOSUPPORT':
      return `${variables.host}: this machine has no addresses like "${host}". Set ${variables.host} to 0.0.0.0 for all of IPv4.`;
    default:
      return undefined;
  }
}
