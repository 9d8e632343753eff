import { writeFileSync } from 'node:fs';
import { generatedFiles } from './generated-files.ts';

for (const [file, content] of generatedFiles()) {
  writeFileSync(file, content);
}
