import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { chromium } from 'playwright-core';
import type { DashboardSpec, PanelSpec, RowSpec } from '../../../charts/generate/dashboards/panel-spec.ts';
import { provideTool } from '../../support/tools/provide-tool.ts';
import { drawPanel } from './draw-panel.ts';
import type { DrawnQuery } from './query-panels.ts';

interface DrawOptions {
  readonly rows?: readonly RowSpec[];
  /** Of the picture, in pixels. */
  readonly width?: number;
  /** How many fit side by side, if not as many as in Grafana. */
  readonly perRow?: { readonly stats: number; readonly panels: number };
}

const project = new URL('../../..', import.meta.url).pathname;

/** A picture of the dashboard with the data that its queries returned, laid out as Grafana does. */
export async function drawDashboard(
  spec: DashboardSpec,
  drawn: readonly DrawnQuery[],
  file: string,
  { rows: shown = spec.rows, width = 1500, perRow }: DrawOptions = {},
): Promise<void> {
  const rows = shown.map(({ title, panels }) => {
    const stats = panels.filter(({ kind }) => kind === 'stat').length;
    const span = 24 / (perRow?.stats ?? Math.max(1, stats));
    const boxes = panels.map((panel) =>
      toBox(
        panel,
        span,
        drawn.filter((query) => query.title === panel.title),
      ),
    );
    return `<h2>${title}</h2><section style="--panel: ${24 / (perRow?.panels ?? 3)}">${boxes.join('')}</section>`;
  });
  const browser = await chromium.launch({
    executablePath: await provideTool('chromium'),
    args: ['--no-sandbox'],
  });
  try {
    const page = await browser.newPage({ viewport: { width, height: 300 } });
    await page.setContent(`<!doctype html><style>${style}</style><h1>${spec.title}</h1>${rows.join('')}`);
    const path = join(project, file);
    mkdirSync(dirname(path), { recursive: true });
    await page.screenshot({ path, fullPage: true });
  } finally {
    await browser.close();
  }
}

function toBox(panel: PanelSpec, statSpan: number, queries: readonly DrawnQuery[]): string {
  const style = panel.kind === 'stat' ? ` style="grid-column: span ${Math.floor(statSpan)}"` : '';
  return `<article class="${panel.kind}"${style}><h3>${panel.title}</h3>${drawPanel(panel, queries)}</article>`;
}

const style = `
  body { margin: 16px; background: #111217; color: #ccccdc; font: 12px Inter, sans-serif; }
  h1 { font-size: 18px; font-weight: 500; } h2 { font-size: 14px; font-weight: 500; margin: 14px 0 6px; }
  h3 { font-size: 12px; font-weight: 500; margin: 0 0 6px; }
  section { display: grid; grid-template-columns: repeat(24, minmax(0, 1fr)); gap: 8px; }
  article { background: #181b1f; border: 1px solid #2a2d33; border-radius: 3px; padding: 8px; }
  .timeseries, .state-timeline { grid-column: span var(--panel); }
  .value { font-size: 26px; font-weight: 500; text-align: center; padding: 10px 0; white-space: nowrap; }
  svg { display: block; width: 100%; } text { fill: #9fa1a8; font-size: 10px; }
  .legend { display: flex; flex-wrap: wrap; gap: 2px 10px; } .legend i { display: inline-block; width: 12px; height: 3px; margin: 0 4px 3px 0; }
`;
