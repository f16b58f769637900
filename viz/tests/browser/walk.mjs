// Walks through the laboratory of a page as its readers do, and tells what did not do what it says.
const { default: puppeteer } = await import(process.env.PUPPETEER);
const [executablePath, file] = process.argv.slice(2);
const browser = await puppeteer.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
const faults = [];
const check = (holds, words) => { if (!holds) faults.push(words); };
const open = async (fragment = '', options = {}) => {
  const page = await browser.newPage();
  page.on('console', message => faults.push(`console: ${message.text()}`));
  page.on('pageerror', error => faults.push(`error: ${error.message}`));
  await page.setOfflineMode(true);
  await page.setViewport({ width: options.width ?? 1280, height: 900, hasTouch: Boolean(options.touch) });
  if (options.media) await page.emulateMediaFeatures(options.media);
  // A machine that draws slowly.
  if (options.slow) await page.evaluateOnNewDocument(() => { window.requestAnimationFrame = draw => setTimeout(draw, 500); });
  await page.goto(`file://${file}${fragment && `#${fragment}`}`);
  await page.evaluate(() => elbow.ready.then(() => elbow.run()).then(() => {}));
  return page;
};
const of = (page, id, what = 'textContent') => page.$eval(`#lab-${id}`, (element, what) => element[what], what);
const picture = page => page.evaluate(() => document.getElementById('lab-picture').innerHTML);
const step = page => page.evaluate(() => elbow.state().step);
const settled = page => page.evaluate(() => elbow.run().then(() => new Promise(resolve => { setTimeout(resolve, 100); })));

// Every control changes the training or says why it does not.
const page = await open();
const values = {
  target: 'sine', noise: '0.3', samples: '30', widths: '9', layers: '4,3', activation: 'tanh', init: 'zero', paradigms: 'output',
  optimizer: 'adam', 'lr-all': '0.5', 'lr-output': '0.01', batch: '7', 'weight-decay': '0.01', steps: '120', seed: '3', momentum: '0.5',
  schedule: 'cosine', l1: '0.01', clip: '0.1', loss: 'squared-error', 'data-seed': '9', 'save-every': '30', 'watch-every': '10',
  sampler: 'numpy-choice', precision: 'f64', rates: '20:0.1,50:0.003',
};
// What has an effect only beside something else.
const beside = { momentum: { optimizer: 'momentum' }, 'lr-output': { paradigms: 'output' } };
// What changes no number.
const silent = ['loss', 'watch-every', 'save-every'];
for (const [name, value] of Object.entries(values)) {
  await page.evaluate(also => elbow.set({ widths: 5, paradigms: 'all', beside: null, ...also }), beside[name] ?? {});
  await settled(page);
  const before = await page.evaluate(() => JSON.stringify(elbow.state()));
  await page.evaluate((name, value) => {
    const input = document.getElementById('lab-controls').elements[name];
    input.value = value;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  }, name, value);
  await settled(page);
  const [after, held] = await page.evaluate(name => [JSON.stringify(elbow.state()), elbow.settings()[name]], name);
  check(held === value, `${name}: ${value} became ${held}: ${await of(page, 'trouble')}`);
  check(silent.includes(name) || after !== before, `${name}: ${value} changes nothing`);
  await page.evaluate(() => { location.hash = ''; });
  await page.reload();
  await page.evaluate(() => elbow.ready.then(() => {}));
}
// What is not allowed is said beside the control, and the training stays.
const held = await page.evaluate(() => JSON.stringify(elbow.settings()));
await page.evaluate(() => {
  const input = document.getElementById('lab-controls').elements.noise;
  input.value = '<script>alert(1)</script>';
  input.dispatchEvent(new Event('change', { bubbles: true }));
});
await settled(page);
check((await of(page, 'trouble')).includes('noise'), 'a wrong noise is not refused');
check(await page.evaluate(() => JSON.stringify(elbow.settings())) === held, 'a wrong noise changes the training');

// The keys of the slider.
await page.focus('#lab-step');
await page.keyboard.press('Home');
await settled(page);
check(await step(page) === 0, `Home leads to ${await step(page)}`);
await page.keyboard.press('ArrowRight');
await settled(page);
check(await step(page) === 1, `→ leads to ${await step(page)}`);
await page.keyboard.press('End');
await settled(page);
check(await step(page) === 300, `End leads to ${await step(page)}`);
await page.keyboard.press('PageDown');
await settled(page);
const [at, most] = [await of(page, 'step', 'value'), await of(page, 'step', 'max')];
check(+at === +most - 10, `Page Down leads from state ${most} to ${at}`);
await page.keyboard.press(' ');
await page.evaluate(() => new Promise(resolve => { setTimeout(resolve, 300); }));
check(await of(page, 'play') === 'Pause', 'the space bar does not play');
await page.keyboard.press(' ');
check(await of(page, 'play') === 'Play', 'the space bar does not stop');
// What happened stands along the slider, and a click goes there.
const ticks = await page.$$eval('#lab-ticks i', marks => marks.map(mark => parseFloat(mark.style.left)));
check(ticks.every(place => place >= 0 && place <= 100), `ticks stand beside the slider: ${ticks}`);
// One step, ten steps, and back.
await page.click('#lab-restart');
await settled(page);
await page.click('#lab-ten');
await settled(page);
await page.click('#lab-one');
await settled(page);
check(await step(page) === 11, `ten steps and one lead to ${await step(page)}`);
// Another rate from here on: two trainings with the same past.
await page.$eval('#lab-rate', input => { input.value = '0.5'; });
await page.click('#lab-fork');
await settled(page);
check((await of(page, 'words')).includes('0.5'), `a fork is not named: ${await of(page, 'words')}`);
check((await of(page, 'command')).includes(' --rates 11:0.5 '), `the command of a fork: ${await of(page, 'command')}`);
check((await page.evaluate(() => location.hash)).includes('rates=11'), 'a fork is not in the address');

// An address leads back to the same picture.
for (const fragment of ['widths=8&paradigms=all&seed=2&step=50', 'target=circle&layers=4,4&steps=200&step=100',
  'widths=5&paradigms=all&rates=20:0.3&right.widths=5&right.paradigms=all&step=100', 'table=x,y%0A0,1%0A1,2%0A2,1%0A3,5%0A4,4%0A5,2&widths=3&paradigms=all']) {
  const one = await open(fragment);
  const [first, address] = [await one.evaluate(() => elbow.picture(800)), await one.evaluate(() => { document.querySelector('[data-take=link]').click(); return new Promise(resolve => { setTimeout(() => resolve(location.hash.slice(1)), 100); }); })];
  const two = await open(address);
  check(await two.evaluate(() => elbow.picture(800)) === first, `the address of ${fragment} leads elsewhere: ${address}`);
  await one.close();
  await two.close();
}
// So do those of fifty states drawn by a fixed rule: settings, another training beside, rates in flight, steps between saved ones.
let seed = 1;
const draw = list => { seed = (seed * 48271) % 2147483647; return list[seed % list.length]; };
const setting = () => {
  const plane = draw([false, false, true]);
  const steps = draw([90, 200, 350]);
  return {
    target: plane ? draw(['circle', 'spiral', 'moons', 'bumps']) : draw(['piecewise', 'sine', 'step', 'abs']),
    ...(plane || draw([true, false]) ? { layers: draw(['3', '4,3', '2,2,2']) } : { widths: draw([1, 4, 9]) }),
    activation: draw(['relu', 'relu', 'tanh', 'leaky-relu']), optimizer: draw(['sgd', 'adam', 'momentum']),
    paradigms: draw(['all', 'all', 'output']), 'lr-all': draw([0.003, 0.05, 1e9]), rates: draw(['', '7:0.01', '7:0.1,50:0.001']),
    precision: draw(['f32', 'f64']), samples: draw([20, 50]), seed: draw([0, 5, 77]), steps, 'save-every': draw([20, 50]),
  };
};
const visited = await open();
for (let i = 0; i < 50; i++) {
  const [settings, beside] = [setting(), draw([null, { seed: 3 }, { optimizer: 'rmsprop' }, { paradigms: 'output' }])];
  const at = draw([0, 1, 33, 90]);
  await visited.evaluate(async (settings, beside, at) => {
    await elbow.set({ ...settings, widths: settings.widths ?? '', layers: settings.layers ?? '', beside });
    await elbow.run();
    await elbow.goto(at);
  }, settings, beside, at);
  const there = await visited.evaluate(async () => [location.hash.slice(1), JSON.stringify(elbow.state()), await elbow.picture(700)]);
  const back = await open(there[0]);
  const found = await back.evaluate(async () => [JSON.stringify(elbow.state()), await elbow.picture(700)]);
  check(found[0] === there[1] && found[1] === there[2], `the address of state ${i} leads elsewhere: ${there[0]}: ${there[1]} and ${found[0]}`);
  await back.close();
}
// Units of every layer can be pointed at, where there is something of theirs to see.
for (const [fragment, last, panels] of [['widths=8&paradigms=all&steps=90', '7', 4], ['layers=4,4&steps=90', '1:3', 2],
  ['target=circle&layers=4,4&steps=90', '1:3', 2], ['target=circle&layers=4,4&activation=tanh&steps=90', null, 0]]) {
  const pointed = await open(fragment);
  const names = await pointed.$$eval('#lab-unit option', options => options.map(option => option.textContent));
  check(last ? names.at(-1) === last : names.length === 1, `${fragment}: one can point at ${names}`);
  check(await pointed.$eval('#lab-unit', select => select.checkVisibility()) === Boolean(last), `${fragment}: a control without a use`);
  // In how many panels one of the units is bold, at most.
  const lit = await pointed.evaluate(() => Math.max(0, ...[...document.querySelectorAll('#lab-unit option')].slice(1).map(({ value }) => {
    const select = document.getElementById('lab-unit');
    select.value = value;
    select.dispatchEvent(new Event('change'));
    return new Set([...document.querySelectorAll('#lab-picture .lit, #lab-figure .lit')].map(mark => mark.closest('g[id]')?.id.split('-').at(-1))).size;
  })));
  check(lit >= panels, `${fragment}: a unit is bold in ${lit} panels`);
  await pointed.close();
}
// A hostile address changes nothing, or says why.
for (const fragment of ['widths=1e999&step=-4', 'target=/etc/passwd', '__proto__=1', 'table=%00%00', 'rates=x:y', 'step=99999999999999999999&widths=3&paradigms=all', 'widths=%3Cimg%20src=x%20onerror=alert(1)%3E', `table=${'9'.repeat(5000)}`]) {
  const hostile = await open(fragment);
  check(await hostile.evaluate(() => Number.isFinite(elbow.state().train_mse) && !document.querySelector('#lab img')), `${fragment} breaks the page`);
  await hostile.close();
}
// Events of a long run, whose slider is longer than that of the page.
const eventful = await open('widths=10&paradigms=all&steps=20000&save-every=100&watch-every=100&lr-all=0.05', { slow: true });
const places = await eventful.$$eval('#lab-ticks i', marks => marks.map(mark => parseFloat(mark.style.left)));
check(places.length > 3 && places.every(place => place >= 0 && place <= 100), `ticks stand beside the slider: ${places}`);
const wanted = await eventful.evaluate(() => {
  const button = document.querySelector('#lab-events button');
  button.click();
  return +button.textContent.match(/step (\d+)/)[1];
});
await settled(eventful);
check(await step(eventful) <= wanted && wanted - await step(eventful) <= 100, 'an event does not lead to its step');
// A teacher hides and asks.
const lesson = await open('hide=controls,events&ask=Which%20elbow%20moves%20first%3F');
check(await of(lesson, 'controls', 'hidden') && await of(lesson, 'question') === 'Which elbow moves first?', 'hide and ask do nothing');
// Nothing moves where motion is not wanted, and nothing is wider than a phone.
const calm = await open('', { width: 390, touch: true, media: [{ name: 'prefers-reduced-motion', value: 'reduce' }] });
check(await of(calm, 'play', 'hidden'), 'reduced motion still offers to play');
check(await calm.evaluate(() => document.documentElement.scrollWidth <= 390), 'on a phone the page scrolls sideways');
// A finger: steps, the slider, points that are drawn and learned.
await calm.tap('#lab-restart');
await settled(calm);
await calm.tap('#lab-ten');
await settled(calm);
check(await step(calm) === 10, `a finger on ten steps leads to ${await step(calm)}`);
await calm.$eval('#lab-step', element => element.scrollIntoView({ block: 'center' }));
const { x, y, width, height } = await (await calm.$('#lab-step')).boundingBox();
await calm.touchscreen.tap(x + width - 3, y + height / 2);
await settled(calm);
check(await step(calm) === 300, `a finger on the end of the slider leads to ${await step(calm)}`);
await calm.evaluate(() => { document.getElementById('lab-pad').closest('details').open = true; document.getElementById('lab-pad').scrollIntoView({ block: 'center' }); });
const pad = await (await calm.$('#lab-pad')).boundingBox();
await calm.touchscreen.touchStart(pad.x + 10, pad.y + 100);
for (let i = 1; i < 20; i++) await calm.touchscreen.touchMove(pad.x + 10 + i * 10, pad.y + 100 - 4 * i);
// A finger that lifts while it moves would make the next tap stop a fling.
await calm.evaluate(() => new Promise(resolve => { setTimeout(resolve, 300); }));
await calm.touchscreen.touchEnd();
await calm.evaluate(() => new Promise(resolve => { setTimeout(resolve, 300); }));
const points = (await of(calm, 'table', 'value')).trim().split('\n').length - 1;
check(points > 10, `a finger draws ${points} points`);
await calm.$eval('#lab-learn', element => element.scrollIntoView({ block: 'center' }));
await calm.tap('#lab-learn');
await settled(calm);
check((await of(calm, 'command')).includes('--run run.json'), `the command of drawn points: ${await of(calm, 'command')} ${await of(calm, 'trouble')}`);
// The run of drawn points as a file: another page comes to the same bits.
const [text, hash] = await calm.evaluate(async () => {
  const saved = new Promise(resolve => { URL.createObjectURL = blob => { resolve(blob.text()); return 'data:,'; }; });
  document.querySelector('[data-take=run]').click();
  return [await saved, elbow.state().hash];
});
const again = await open();
await again.$eval('#lab-table', (table, text) => { table.value = text; document.getElementById('lab-learn').click(); }, text);
await settled(again);
check(await again.evaluate(() => elbow.state().hash) === hash, 'the run of a file comes to other bits');
check((await of(again, 'words')).includes('the same bits as the run that was opened'), `of a file is said: ${await of(again, 'words')}`);
const other = text.replace(/"hash": "[0-9a-f]{16}"/, '"hash": "0123456789abcdef"');
await again.$eval('#lab-table', (table, text) => { table.value = text; document.getElementById('lab-learn').click(); }, other);
await settled(again);
check(other !== text && (await of(again, 'words')).includes('OTHER bits'), `of a changed file is said: ${await of(again, 'words')}`);
await again.close();
// Without WebAssembly the pictures stay.
const bare = await browser.newPage();
await bare.evaluateOnNewDocument(() => { delete window.Worker; window.Worker = function Worker() { throw new Error('no worker'); }; });
await bare.goto(`file://${file}`);
check(await bare.$('#lab-picture svg') !== null, 'without workers there is no picture');
const mute = await browser.newPage();
await mute.setJavaScriptEnabled(false);
await mute.goto(`file://${file}`);
check((await mute.$$('figure svg')).length > 5 && await mute.$('#lab-picture svg') !== null, 'without scripts figures are missing');
console.log(JSON.stringify({ faults }));
await browser.close();
