/** Whether the host of a URL is this machine, so that traffic to the host does not cross a network. */
export function isLoopbackHost(hostname: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
