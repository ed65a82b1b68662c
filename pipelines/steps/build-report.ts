import type { BuildOptions, ReportPages } from '../report/report.ts';

/** Builds the pages of the report site unless the present ones are built already. The data are not part of it. */
export async function buildReport(
  pages: ReportPages,
  options: BuildOptions = {},
): Promise<{ readonly built: boolean; readonly folder: string }> {
  return pages.build(options);
}
