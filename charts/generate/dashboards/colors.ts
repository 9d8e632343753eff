/** Maps color names in Grafana's palette to hex values, which the pictures in docs/images use. */
export const colorValues = {
  transparent: 'transparent',
  green: '#73bf69',
  'light-green': '#96d98d',
  yellow: '#fade2a',
  orange: '#ff9830',
  red: '#f2495c',
  'dark-red': '#c4162a',
  blue: '#5794f2',
  'light-blue': '#8ab8ff',
  purple: '#b877d9',
  'light-purple': '#ca95e5',
} as const;
export type Color = keyof typeof colorValues;

/**
 * Dashboard colors for outcomes. Green means stored, orange means rejected and retried by the provider, yellow means
 * unauthenticated, blue means malformed or too large, and red means an internal error.
 */
export const statusColors: Readonly<Record<string, Color>> = {
  200: 'green',
  401: 'yellow',
  408: 'light-blue',
  413: 'blue',
  415: 'light-purple',
  500: 'red',
  503: 'orange',
};

export const outcomeColors: Readonly<Record<string, Color>> = {
  stored: 'green',
  dead_lettered: 'purple',
  refused: 'orange',
};

/** Colors of the most frequent reasons, matching the color of their HTTP status. */
export const reasonColors: Readonly<Record<string, Color>> = {
  bad_signature: 'yellow',
  no_signature: 'light-blue',
  sink_unavailable: 'orange',
  internal_error: 'red',
};

export const quantileColors: Readonly<Record<string, Color>> = {
  p50: 'green',
  p95: 'yellow',
  p99: 'orange',
};
