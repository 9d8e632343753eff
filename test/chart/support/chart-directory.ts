export const chartDirectory = new URL('../../../charts/comapi-webhook-receiver', import.meta.url).pathname;
