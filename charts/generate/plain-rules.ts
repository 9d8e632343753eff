import { execFileSync } from 'node:child_process';
import { parse, stringify } from 'yaml';
import { chartDirectory } from './chart-directory.ts';

const fileHeader = `# Recording rules and alerts of the receiver and the filter. List this file under rule_files in prometheus.yml.
# Generated from alerts/source by \`npm run chart:generate\`. Do not edit.
`;

const values = {
  webhooks: [{ existingSecret: 'none' }],
  kafka: { brokers: ['none:9092'] },
  revisionFilter: { enabled: true },
  spool: { enabled: true },
  prometheusRule: { enabled: true, selector: 'job=~".+"' },
};

/** Renders the rules with the chart's defaults for every job, for a Prometheus without the Prometheus operator. */
export function plainRules(helm: string): string {
  const helmArguments = ['template', 'plain', chartDirectory, '--kube-version', '1.34.0', '--values', '-'];
  const manifest = execFileSync(helm, [...helmArguments, '--show-only', 'templates/prometheusrule.yaml'], {
    input: JSON.stringify(values),
    encoding: 'utf8',
  });
  return fileHeader + stringify(parse(manifest).spec, { lineWidth: 0, blockQuote: 'literal' });
}
