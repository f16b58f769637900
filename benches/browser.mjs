// How quick the laboratory of a page is in a real browser, printed: node benches/browser.mjs BROWSER REPORT.html SUMMARY.json
// REPORT.html and SUMMARY.json are those of `elbow --threads 1`; PUPPETEER names puppeteer-core's module.
import { readFileSync } from 'node:fs';
const { default: puppeteer } = await import(process.env.PUPPETEER);
const [executablePath, file, summary] = process.argv.slice(2);
const browser = await puppeteer.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--enable-precise-memory-info'] });
const page = await browser.newPage();
await page.setViewport({ width: 1280, height: 900 });
const print = (what, ...words) => console.log(what.padEnd(46), ...words);
const ms = number => `${number.toFixed(number < 10 ? 1 : 0)} ms`;
const sorted = list => [...list].sort((a, b) => a - b);
const median = list => sorted(list)[Math.floor(list.length / 2)];

// Bytes.
const html = readFileSync(file, 'utf8');
const between = (from, to) => { const start = html.indexOf(from); return start < 0 ? 0 : html.indexOf(to, start) - start; };
const kB = bytes => `${(bytes / 1000).toFixed(0)} kB`;
const svg = [...html.matchAll(/<svg.*?<\/svg>/gs)].reduce((sum, [text]) => sum + text.length, 0);
const packed = [...html.matchAll(/data-packed="([^"]*)"/g)].reduce((sum, [, text]) => sum + text.length, 0);
print('page', kB(Buffer.byteLength(html)));
print('  module, packed', kB(between('<script id="lab-module"', '</script>')));
print('  pictures', kB(svg));
print('  layouts for a phone, packed', kB(packed));

// Opening.
await page.goto(`file://${file}`);
const opened = await page.evaluate(async () => { await elbow.ready; return performance.now(); });
const shown = await page.evaluate(() => performance.getEntriesByType('navigation')[0].domInteractive);
print('opening until it can be read', ms(shown));
print('opening until the laboratory answers', ms(opened));

// The trained networks of the study, one after the other, against the same ones natively: in a worker that draws nothing,
// and in the page, where a picture is drawn whenever one is due.
const runs = JSON.parse(readFileSync(summary, 'utf8')).runs.filter(run => run.paradigm !== 'ridge');
const alone = await page.evaluate(async list => {
  const content = id => document.getElementById(id).textContent;
  const worker = new Worker(URL.createObjectURL(new Blob([content('lab-worker')], { type: 'text/javascript' })));
  const answer = message => new Promise(resolve => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.postMessage(message);
  });
  const ask = question => answer({ id: 1, question: JSON.stringify(question) });
  await answer({ packed: content('lab-module') });
  let sum = 0;
  for (const { width, paradigm } of list) {
    const begin = performance.now();
    await ask({ do: 'set', left: { settings: { widths: `${width}`, paradigms: paradigm } } });
    await ask({ do: 'advance', steps: 1e12 });
    sum += performance.now() - begin;
  }
  worker.terminate();
  return sum;
}, runs);
const here = await page.evaluate(async list => {
  let sum = 0;
  for (const { width, paradigm } of list) {
    const begin = performance.now();
    await elbow.set({ widths: width, paradigms: paradigm, beside: null });
    await elbow.run();
    sum += performance.now() - begin;
  }
  return sum;
}, runs);
const native = 1000 * runs.reduce((sum, run) => sum + run.seconds, 0);
const ratio = time => `${ms(time)}, ${(time / native).toFixed(2)} of the program's ${ms(native)} on one thread`;
print('the networks of the study in a worker', ratio(alone));
print('the same with all pictures in between', ratio(here));

// The first picture after a change.
const firsts = await page.evaluate(async () => {
  const picture = document.getElementById('lab-picture');
  const times = [];
  for (let i = 0; i < 20; i++) {
    const next = new Promise(resolve => {
      const watch = new MutationObserver(() => { watch.disconnect(); resolve(performance.now()); });
      watch.observe(picture, { childList: true, subtree: true });
    });
    const begin = performance.now();
    const set = elbow.set({ widths: 10 + (i % 4) * 10, paradigms: 'all', seed: i });
    times.push(await next - begin);
    await set;
  }
  return times;
});
print('first picture after a change, median and worst', ms(median(firsts)), ms(Math.max(...firsts)));

// Frames in ten seconds of training and playing, at each width.
for (const width of [10, 20, 40]) {
  const frames = await page.evaluate(async width => {
    await elbow.set({ widths: width, paradigms: 'all', steps: 3000000, 'save-every': 10000, beside: null });
    const slider = document.getElementById('lab-step');
    const frames = [];
    const end = performance.now() + 10000;
    let last = performance.now();
    let count = 0;
    while (last < end) {
      const now = await new Promise(requestAnimationFrame);
      frames.push(now - last);
      last = now;
      // Back and forth while it trains.
      const most = +slider.max;
      slider.value = Math.abs((count++ % (2 * most + 1)) - most);
      slider.dispatchEvent(new Event('input', { bubbles: true }));
    }
    return frames;
  }, width);
  const times = frames.slice(1);
  print(`frames while training and scrubbing, width ${width}`, `median ${ms(median(times))},`, `worst ${ms(Math.max(...times))},`, `${times.filter(time => time > 50).length} of ${times.length} above 50 ms`);
}

// Memory over trainings.
const memory = await page.evaluate(async () => {
  const used = [];
  for (let i = 0; i < 100; i++) {
    await elbow.set({ widths: 20, paradigms: 'all', steps: 20000, 'save-every': 1000, seed: i, beside: null });
    await elbow.run();
    if (i % 20 === 19) used.push(performance.memory.usedJSHeapSize);
  }
  return used;
});
print('script memory after 20, 40, … 100 trainings', memory.map(bytes => `${(bytes / 1e6).toFixed(1)} MB`).join(', '));
await browser.close();
