// Trains and draws on the page what is asked for, with the network off.
const { default: puppeteer } = await import(process.env.PUPPETEER);
const [executablePath, file, input] = process.argv.slice(2);
const isFirefox = executablePath.includes('firefox');
const browser = await puppeteer.launch(isFirefox ? { browser: 'firefox', executablePath } : { executablePath, args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage();
const said = [];
page.on('console', message => said.push(message.text()));
page.on('pageerror', error => said.push(error.message));
// Firefox has no such switch for those who drive it.
if (!isFirefox) await page.setOfflineMode(true);
await page.goto(`file://${file}`);
const runs = await page.evaluate(async list => {
  await elbow.ready;
  const runs = [];
  for (const settings of list) {
    await elbow.set({ ...settings, beside: null });
    const state = await elbow.run();
    runs.push({ state, picture: await elbow.picture(960) });
  }
  return runs;
}, JSON.parse(input));
console.log(JSON.stringify({ console: said, runs }));
await browser.close();
