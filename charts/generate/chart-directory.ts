export const chartDirectory = new URL('../comapi-webhook-receiver', import.meta.url).pathname;
