import { browser } from '$app/environment';
import { error } from '@sveltejs/kit';
import { loadMarts, openMarts } from '$lib/marts.js';
import { languages } from '$lib/texts.js';

// Nothing is rendered at build time: the numbers on a page come from the data files alone, so that new files are enough.
export const ssr = false;
export const prerender = false;
export const trailingSlash = 'always';

const manifestLoaded = browser ? loadMarts() : Promise.resolve(undefined);
const martsOpened = manifestLoaded.then((manifest) => (manifest === undefined ? undefined : openMarts(manifest)));

/** Gives Evidence's pages what they expect: a query function over the marts of one release. */
export async function load({ params }) {
  if (params.lang !== undefined && !languages.includes(params.lang)) error(404, 'Not found');
  const manifest = await manifestLoaded;
  return {
    manifest,
    data: {},
    inputs: {},
    evidencemeta: { queries: [] },
    customFormattingSettings: { customFormats: [] },
    __db: {
      load: () => martsOpened,
      query: async (sql, { callback = (rows) => rows } = {}) => callback(await (await martsOpened).query(sql)),
    },
  };
}
