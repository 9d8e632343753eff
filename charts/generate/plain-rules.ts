import { execFileSync } from 'node:child_process';
import { parse, stringify } from 'yaml';
import { chartDirectory } from './chart-directory.ts';

const head = `# Recording rules and alerts of the receiver and the filter, usable as they are: rule_files in prometheus.yml.
# Made from alerts/source by \`npm run chart:generate\`.
`;

const values = {
  webhooks: [{ existingSecret: 'none' }],
  kafka: { brokers: ['none:9092'] },
  revisionFilter: { enabled: true },
  spool: { enabled: true },
  prometheusRule: { enabled: true, selector: 'job=~".+"' },
};

/** What the chart renders with its defaults, for every job, as a file for a Prometheus without its operator. */
export function plainRules(helm: string): string {
  const args = ['template', 'plain', chartDirectory, '--kube-version', '1.34.0', '--values', '-'];
  const manifest = execFileSync(helm, [...args, '--show-only', 'templates/prometheusrule.yaml'], {
    input: JSON.stringify(values),
    encoding: 'utf8',
  });
  return head + stringify(parse(manifest).spec, { lineWidth: 0, blockQuote: 'literal' });
}
