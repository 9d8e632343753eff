import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findHelm } from '../../test/chart/support/find-helm.ts';
import { chartDirectory } from './chart-directory.ts';
import { generatedFiles } from './generated-files.ts';
import { plainRules } from './plain-rules.ts';

for (const [file, content] of generatedFiles()) {
  writeFileSync(file, content);
}
writeFileSync(join(chartDirectory, 'alerts/rules.yaml'), plainRules(findHelm(4)));
