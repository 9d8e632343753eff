import { writeFileSync } from 'node:fs';
import { describeMetrics, metricsPage } from './metrics-page.ts';

writeFileSync(metricsPage, describeMetrics());
