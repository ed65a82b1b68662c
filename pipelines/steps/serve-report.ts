import { TidemarkError } from '../domain/errors.ts';
import type { ReportData, ReportPages, ReportServer, ServedReport } from '../report/report.ts';

export interface ServeReportPorts {
  readonly pages: ReportPages;
  readonly data: ReportData;
  readonly server: ReportServer;
}

/**
 * Serves the built pages over the published data on loopback.
 * @throws TidemarkError where the pages are not built or the port is taken.
 */
export async function serveReport(options: { readonly port?: number }, ports: ServeReportPorts): Promise<ServedReport> {
  const siteFolder = await ports.pages.current();
  if (siteFolder === undefined) {
    throw new TidemarkError('the report site is not built, or its pages have changed since', {
      next: 'npx tidemark report build',
    });
  }
  return ports.server.serve({ siteFolder, dataFolder: ports.data.folder, ...options });
}
