import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chartDirectory } from '../support/chart-directory.ts';
import { findHelm } from '../support/find-helm.ts';
import { generatedFiles } from './generated-files.ts';
import { plainRules } from './plain-rules.ts';

for (const [file, content] of generatedFiles()) {
  writeFileSync(file, content);
}
writeFileSync(join(chartDirectory, 'alerts/rules.yaml'), plainRules(findHelm(4)));
