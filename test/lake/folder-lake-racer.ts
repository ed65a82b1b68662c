import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';

// A racer process: swaps a counter up `rounds` times and tries to create `rounds` keys that all racers want.
const [folder = '', name = '', rounds = '0'] = process.argv.slice(2);
const lake = createFolderLake(folder);
const created: number[] = [];
for (let round = 0; round < Number(rounds); round++) {
  if ((await lake.create(`wanted/${round}`, Buffer.from(name))) === 'created') created.push(round);
  for (let isSwapped = false; !isSwapped; ) {
    const seen = await lake.readVersion('counter');
    const trail = seen ? Buffer.from(seen.body).toString() : '';
    isSwapped = (await lake.swap('counter', Buffer.from(`${trail}${name}`), seen?.tag)) === 'swapped';
  }
}
process.stdout.write(JSON.stringify(created));
