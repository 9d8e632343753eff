import { chromium } from 'playwright-core';
import { filterDashboard } from '../../../../charts/generate/dashboards/filter-dashboard.ts';
import type { DashboardSpec } from '../../../../charts/generate/dashboards/panel-spec.ts';
import { receiverDashboard } from '../../../../charts/generate/dashboards/receiver-dashboard.ts';
import { provideTool } from '../../../support/tools/provide-tool.ts';
import { connectPrometheus } from '../prometheus.ts';
import { queryPanels } from '../query-panels.ts';
import { type PageOptions, toPage } from './to-page.ts';

// Draws a dashboard with the data of a running Prometheus, for the pictures in docs/images: node
// test/chart/dashboards/draw/draw-dashboards.ts glance http://localhost:9090 FROM TO docs/images/dashboard-glance.png
// FROM and TO are epoch seconds. The series in Prometheus need the labels `namespace` and `job` below.

/** Contents and layout of a picture. */
interface Picture extends PageOptions {
  readonly spec: DashboardSpec;
  readonly job: string;
}

const receiverJob = 'events-receiver-metrics';
const atAGlance = ['Deliveries by HTTP status', 'Events by registration'];
const pictures: Readonly<Record<string, Picture>> = {
  receiver: { spec: receiverDashboard, job: receiverJob, width: 1500, perRow: 3 },
  filter: { spec: filterDashboard, job: 'events-filter-metrics', width: 1500, perRow: 3 },
  glance: {
    spec: {
      ...receiverDashboard,
      rows: [
        {
          title: '',
          panels: receiverDashboard.rows
            .flatMap(({ panels }) => panels)
            .filter(({ kind, title }) => kind === 'stat' || atAGlance.includes(title)),
        },
      ],
    },
    job: receiverJob,
    width: 960,
    perRow: 2,
    statsPerRow: 3,
  },
};

const [name = '', url = '', from = '', to = '', file = ''] = process.argv.slice(2);
const picture = pictures[name];
if (picture === undefined || file === '') {
  throw new Error('Usage: draw-dashboards.ts receiver|filter|glance PROMETHEUS_URL FROM TO FILE');
}
const seconds = Number(to) - Number(from);
const queries = await queryPanels(picture.spec, connectPrometheus(url), {
  from: Number(from),
  to: Number(to),
  labels: { namespace: 'messaging', job: picture.job },
  rateInterval: seconds > 1200 ? '2m' : '10s',
});
const browser = await chromium.launch({
  executablePath: await provideTool('chromium'),
  args: ['--no-sandbox'],
});
try {
  const page = await browser.newPage({
    viewport: { width: picture.width, height: 300 },
    deviceScaleFactor: picture.width > 1000 ? 1 : 2,
  });
  await page.setContent(toPage(picture.spec, queries, picture));
  await page.screenshot({ path: file, fullPage: true });
} finally {
  await browser.close();
}
