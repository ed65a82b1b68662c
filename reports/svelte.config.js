import adapter from '@sveltejs/adapter-static';

// One shell serves every address: channels come and go with the data, pages do not.
export default {
  kit: {
    adapter: adapter({ fallback: 'index.html', strict: false }),
  },
};
