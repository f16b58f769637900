// The laboratory's script. It only wires: controls become questions to the worker, and answers become elements. Whatever
// is computed or drawn comes from the module. `window.elbow` is the same for scripts.
'use strict';
(() => {
  const $ = id => document.getElementById(`lab-${id}`);
  const page = JSON.parse($('page').textContent);
  const section = document.getElementById('lab');
  const [picture, slider, form] = [$('picture'), $('step'), $('controls')];
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  // What is asked for, and what was last granted; the step shown, null for the last; what is known of both sides.
  let sides = structuredClone(page.sides);
  let granted = sides;
  let [shown, described, drawn, kept] = [null, null, null, false];
  let [worker, ready, number, unit, named, playing] = [null, false, 0, '', null, 0];
  let [dirty, drawing, whole, done] = [false, false, true, false];
  const waiting = new Map();
  const say = (id, words) => { $(id).textContent = words; };

  // Questions to the worker, answered in order.
  const call = question => new Promise((resolve, reject) => {
    waiting.set(++number, { resolve, reject });
    worker.postMessage({ id: number, question: JSON.stringify(question) });
  });
  const asked = async question => {
    const answer = JSON.parse(await call(question));
    if (answer.error) throw Object.assign(new Error(answer.error), { setting: answer.setting });
    return answer;
  };
  const trouble = words => { say('trouble', words); $('trouble').hidden = !words; };
  const trapped = said => {
    worker.terminate();
    for (const { reject } of waiting.values()) reject(new Error(said));
    waiting.clear();
    if (!ready) {
      document.querySelectorAll('#lab .scripted').forEach(element => { element.hidden = true; });
      trouble(`This browser cannot run the laboratory, so the picture stands still (${said}).`);
      return;
    }
    trouble(`The laboratory stopped (${said}). It began again as the page did; please report what led to this.`);
    [sides, shown, ready] = [structuredClone(page.sides), null, false];
    start();
  };
  const start = () => {
    worker = new Worker(URL.createObjectURL(new Blob([$('worker').textContent], { type: 'text/javascript' })));
    worker.onerror = event => trapped(event.message || 'it could not be started');
    worker.onmessage = ({ data }) => {
      if (data.trap) trapped(data.trap);
      else if (data.ready) open().catch(error => trouble(error.message));
      else if (data.reached) { reached(data.reached); redraw(); if (done) arrived(); }
      else { waiting.get(data.id).resolve(data.answer); waiting.delete(data.id); }
    };
    worker.postMessage({ packed: $('module').textContent });
  };
  const open = async () => {
    await asked({ do: 'page', settings: page.settings, data: page.data });
    ready = true;
    section.querySelectorAll('.scripted').forEach(element => { element.hidden = false; });
    $('play').hidden = still.matches;
    follow();
    try { await train(); } catch { sides = structuredClone(page.sides); await train(); }
    await picturing();
    if (shown !== null) await goto(shown);
    loaded();
  };

  // Trains what is asked for, or says why it cannot be and leaves everything as it was.
  const train = async () => {
    form.querySelectorAll('[aria-invalid]').forEach(input => { input.removeAttribute('aria-invalid'); });
    try {
      described = await asked({ do: 'set', left: sides[0], right: sides[1] ?? null });
    } catch (error) {
      sides = structuredClone(granted);
      const input = form.elements[error.setting];
      input?.setAttribute('aria-invalid', 'true');
      input?.closest('details')?.setAttribute('open', '');
      trouble(error.message);
      throw error;
    }
    trouble('');
    granted = structuredClone(sides);
    [whole, done] = [true, false];
    fill();
    worker.postMessage({ train: true });
    $('stop').hidden = false;
    redraw();
  };
  // Ticks stand along the slider, whose length is known when all is drawn.
  const arrived = () => { $('stop').hidden = true; ended = picturing().then(events); };
  // The controls show what holds on the left.
  const fill = () => {
    const { settings, command, read } = described.sides[0];
    for (const [name, value] of Object.entries(settings)) {
      const input = form.elements[name];
      if (!input || input.getAttribute('aria-invalid')) continue;
      if (input.tagName === 'SELECT' && ![...input.options].some(option => option.value === value)) input.add(new Option(value));
      // Layers stand in place of widths.
      input.value = name === 'widths' && settings.layers ? '' : value;
    }
    say('command', command ?? 'cargo run -p cli -- train --run run.json, with the run saved as JSON');
    say('read', read ?? '');
  };

  // One picture at a time; what changes meanwhile is drawn next.
  const redraw = () => { dirty = true; if (!drawing) requestAnimationFrame(() => { if (dirty) picturing(); }); };
  let last = Promise.resolve();
  const picturing = () => { last = last.catch(() => {}).then(draw); return last; };
  const draw = async () => {
    [dirty, drawing] = [false, true];
    const question = { do: 'draw', step: shown, width: picture.clientWidth, whole };
    whole = false;
    try { show(await asked(question)); } finally { drawing = false; }
    if (dirty) redraw();
  };
  const show = answer => {
    drawn = answer;
    if (answer.still) picture.innerHTML = answer.still;
    for (const [id, svg] of answer.parts) { const group = document.getElementById(id); if (group) group.innerHTML = svg; }
    picture.querySelector('desc').textContent = answer.description;
    const words = answer.words.map((text, i) => (answer.names[i] ? `${answer.names[i]}: ${text}` : text));
    const when = answer.when[0].toUpperCase() + answer.when.slice(1);
    document.getElementById('lab-words').replaceChildren(...[when, ...words].map((text, i) =>
      Object.assign(document.createElement(i ? 'span' : 'strong'), { textContent: text })));
    slider.max = answer.places - 1;
    slider.value = answer.place;
    slider.setAttribute('aria-valuetext', `${answer.when}: ${words.join('. ')}`);
    say('when', answer.reached.done ? answer.when : `${answer.when}; trained up to ${answer.reached.step}`);
    if (String(named) !== String(answer.units)) {
      named = answer.units;
      $('unit').replaceChildren(new Option('none', ''), ...named.map((name, i) => new Option(name, i)));
      $('unit').parentElement.hidden = !named.length;
    }
    light();
  };
  // A unit is bold in every panel, and the others step back.
  const light = () => {
    if ([...$('unit').options].some(option => option.value === unit)) $('unit').value = unit;
    const chosen = unit !== '' && picture.querySelector(`[data-unit="${unit}"]`);
    picture.classList.toggle('lit', Boolean(chosen));
    picture.querySelectorAll('[data-unit].lit').forEach(mark => { mark.classList.remove('lit'); });
    if (chosen) picture.querySelectorAll(`[data-unit="${unit}"]`).forEach(mark => { mark.classList.add('lit'); });
  };
  const point = chosen => { unit = chosen; light(); };

  // Moving in time.
  const speak = () => say('spoken', slider.getAttribute('aria-valuetext'));
  const halt = () => { clearTimeout(playing); playing = 0; say('play', 'Play'); };
  // Of several places that are wanted before one is drawn, the last counts.
  let wanted = null;
  const go = place => {
    const isWaiting = wanted !== null;
    wanted = Math.max(0, place);
    if (!isWaiting) {
      last = last.catch(() => {}).then(async () => {
        const question = { do: 'draw', place: wanted, width: picture.clientWidth };
        wanted = null;
        const answer = await asked(question);
        shown = answer.place === answer.places - 1 && answer.reached.done ? null : answer.step;
        show(answer);
        address();
      });
    }
    return last;
  };
  // Trains up to a step, or to the end.
  let waits = [];
  let ended = Promise.resolve();
  const until = step => {
    if (done || drawn?.reached.step >= step) return Promise.resolve();
    worker.postMessage({ train: true });
    return new Promise(resolve => { waits.push({ step, resolve }); });
  };
  const reached = ({ step, done: all }) => {
    done = all;
    waits.filter(wait => all || wait.step <= step).forEach(wait => wait.resolve());
    waits = waits.filter(wait => !all && wait.step > step);
  };
  const goto = async step => {
    halt();
    await until(step);
    await asked({ do: 'keep', step });
    shown = step;
    await picturing();
    address();
  };
  const tick = async () => {
    await go(+slider.value + 1);
    if (!playing) return;
    if (drawn.place >= drawn.places - 1 && done) { halt(); speak(); } else playing = setTimeout(tick, 60);
  };
  const toggle = async () => {
    if (playing) { halt(); speak(); return; }
    if (still.matches) return;
    say('play', 'Pause');
    playing = setTimeout(tick, 60);
    if (drawn.place >= drawn.places - 1) await go(0);
  };
  const events = async () => {
    const list = await asked({ do: 'events' });
    const item = ({ step, side, words }) => {
      const button = Object.assign(document.createElement('button'), { type: 'button' });
      button.textContent = `step ${step}: ${words}${drawn.names[side] ? ` (${drawn.names[side]})` : ''}`;
      button.addEventListener('click', () => { halt(); shown = step; picturing().then(address).then(speak); });
      const entry = document.createElement('li');
      entry.append(button);
      return entry;
    };
    $('events').replaceChildren(...list.slice(0, 200).map(item));
    $('ticks').replaceChildren(...list.filter(({ side }) => side === 0).map(({ place }) => {
      const mark = document.createElement('i');
      mark.style.left = `${(100 * place) / Math.max(1, +slider.max)}%`;
      return mark;
    }));
  };

  // The address: settings, the other side, the step. A teacher's hide= and ask= stay.
  const teacher = new URLSearchParams();
  const address = () => {
    const all = new URLSearchParams();
    sides.forEach((side, i) => {
      const prefix = i ? 'right.' : '';
      for (const [name, value] of Object.entries(side.settings)) all.set(prefix + name, value);
      if (side.table && side.table.split('\n').length <= 201) all.set(`${prefix}table`, side.table);
    });
    if (shown !== null) all.set('step', shown);
    for (const [name, value] of teacher) all.set(name, value);
    history.replaceState(null, '', `#${all}`);
  };
  const follow = () => {
    const all = new URLSearchParams(location.hash.includes('=') ? location.hash.slice(1) : '');
    const found = [{ settings: {} }, { settings: {} }];
    for (const [key, value] of all) {
      const side = found[key.startsWith('right.') ? 1 : 0];
      const name = { width: 'widths', paradigm: 'paradigms' }[key] ?? key.replace(/^right\./, '');
      if (key === 'hide' || key === 'ask') teacher.set(key, value);
      else if (key === 'step') shown = Number.isSafeInteger(+value) && +value >= 0 ? +value : null;
      else if (name === 'table') side.table = value;
      else side.settings[name] = value;
    }
    for (const part of (teacher.get('hide') ?? '').split(',')) {
      section.querySelectorAll(`[data-part="${CSS.escape(part)}"]`).forEach(element => { element.hidden = true; });
    }
    const question = teacher.get('ask');
    say('question', question ?? '');
    $('question').hidden = !question;
    const isAsked = side => Object.keys(side.settings).length > 0 || side.table;
    if (!isAsked(found[0])) { sides = structuredClone(page.sides); return; }
    sides = isAsked(found[1]) ? found : [found[0]];
    // What an address does not say is as the page began.
    for (const side of sides) {
      const { widths, paradigms, seed } = page.sides[0].settings;
      const own = side.settings.target && side.settings.target !== page.settings.target;
      side.settings = { ...(own ? {} : { ...(side.settings.layers ? {} : { widths }), paradigms, seed }), ...side.settings };
      for (const [name, value] of Object.entries(side.settings)) if (value === undefined) delete side.settings[name];
    }
    kept = sides.length > 1;
  };

  // A change holds on both sides, unless these differ in it or the other one is kept as it is.
  const change = async (name, value) => {
    const apply = side => {
      side.settings[name] = value;
      if (name === 'layers' && value) delete side.settings.widths;
      if (name === 'widths') delete side.settings.layers;
      if (name === 'target') delete side.table;
    };
    const group = word => [...(form.elements.target.options ?? [])].find(option => option.value === word)?.parentElement;
    const [left, right] = sides;
    if (name === 'target' && group(value) !== group(described.sides[0].settings.target)) {
      sides = [{ settings: { target: value } }];
    } else {
      if (right && !kept && left.settings[name] === right.settings[name]) apply(right);
      apply(left);
    }
    shown = null;
    halt();
    await train();
    address();
  };
  const ignore = promise => promise.catch(() => {});
  const fork = rate => {
    const step = drawn.step;
    const earlier = described.sides[0].settings.rates.split(',').filter(pair => pair && parseInt(pair) < step);
    const [left, right] = [structuredClone(sides[0]), structuredClone(sides[0])];
    left.settings.rates = [...earlier, `${step}:${rate}`].join(',');
    [sides, kept, shown] = [[left, right], true, null];
    return train().then(address);
  };

  let loaded;
  const elbow = window.elbow = {
    ready: new Promise(resolve => { loaded = () => resolve(elbow); }),
    settings: () => ({ ...described.sides[0].settings }),
    set: async ({ beside, ...settings }) => {
      const words = given => Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
      const left = { ...sides[0], settings: { ...sides[0].settings, ...words(settings) } };
      if (settings.layers) delete left.settings.widths; else if (settings.widths) delete left.settings.layers;
      if (settings.target) delete left.table;
      const right = beside === undefined ? sides[1] : beside && { settings: { ...left.settings, ...words(beside) } };
      [sides, shown, kept] = [right ? [left, right] : [left], null, true];
      await train();
      address();
      await picturing();
      return elbow.settings();
    },
    run: () => until(Infinity).then(() => ended).then(picturing).then(elbow.state),
    goto: step => goto(step).then(elbow.state),
    state: () => ({ ...drawn.state }),
    picture: async width => (await asked({ do: 'picture', step: shown, width })).text,
  };

  // Taking away.
  const save = (name, blob) => {
    const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  const copy = words => navigator.clipboard?.writeText(words).then(() => say('said', 'Copied.'), () => say('said', words)) ?? say('said', words);
  const take = {
    svg: async () => save('elbow.svg', new Blob([await elbow.picture(960)], { type: 'image/svg+xml' })),
    png: async () => {
      const image = new Image();
      image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(await elbow.picture(960))}`;
      await image.decode();
      const canvas = Object.assign(document.createElement('canvas'), { width: 1920, height: (1920 * image.height) / image.width });
      canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob(blob => save('elbow.png', blob));
    },
    history: async () => save('history.csv', new Blob([(await asked({ do: 'history' })).text])),
    points: async () => save('points.csv', new Blob([(await asked({ do: 'points' })).text])),
    run: async () => save('run.json', new Blob([(await asked({ do: 'run' })).text])),
    link: async () => { address(); copy(location.href); },
    command: async () => copy($('command').textContent),
  };

  // One's own points: the table is what counts, the pad writes into it.
  const [pad, table] = [$('pad'), $('table')];
  let previous = null;
  const stroke = event => {
    const box = pad.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / box.width, 1 - (2 * (event.clientY - box.top)) / box.height];
    if (previous && Math.hypot(x - previous[0], y - previous[1]) < 0.01) return;
    previous = [x, y];
    if (!table.value.trim()) table.value = 'x,y\n';
    table.value += `${x.toFixed(4)},${y.toFixed(4)}\n`;
    const brush = pad.getContext('2d');
    brush.fillStyle = getComputedStyle(pad).color;
    brush.fillRect(x * pad.width - 1.5, ((1 - y) / 2) * pad.height - 1.5, 3, 3);
  };
  pad.addEventListener('pointerdown', event => { pad.setPointerCapture(event.pointerId); previous = null; stroke(event); });
  pad.addEventListener('pointermove', event => { if (event.buttons) stroke(event); });
  const learn = text => {
    // A run has settings of its own.
    sides = [{ table: text, settings: text.trimStart().startsWith('{') ? {} : { ...sides[0].settings } }];
    shown = null;
    return ignore(train().then(address));
  };
  form.addEventListener('dragover', event => event.preventDefault());
  form.addEventListener('drop', async event => {
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (file && file.size > 1e6) { trouble(`${file.name} has more than 1 MB, which is too much for a page.`); return; }
    table.value = file ? await file.text() : event.dataTransfer.getData('text');
    learn(table.value);
  });
  const on = (id, type, act) => $(id).addEventListener(type, act);
  on('learn', 'click', () => learn(table.value));
  on('clear', 'click', () => { table.value = ''; pad.getContext('2d').clearRect(0, 0, pad.width, pad.height); });

  form.addEventListener('change', ({ target }) => { if (target.name) ignore(change(target.name, target.value.trim())); });
  form.addEventListener('submit', event => event.preventDefault());
  on('step', 'input', () => { halt(); go(+slider.value); });
  on('step', 'change', speak);
  on('step', 'keydown', event => {
    const far = { PageUp: 10, PageDown: -10 }[event.key];
    if (event.key === ' ') toggle(); else if (far) { halt(); go(+slider.value + far).then(speak); } else return;
    event.preventDefault();
  });
  on('play', 'click', toggle);
  on('one', 'click', () => goto(Math.min(drawn.step + 1, drawn.reached.last)).then(speak));
  on('ten', 'click', () => goto(Math.min(drawn.step + 10, drawn.reached.last)).then(speak));
  on('restart', 'click', () => { halt(); go(0).then(speak); });
  on('end', 'click', () => { halt(); shown = null; picturing().then(address).then(speak); });
  on('stop', 'click', () => { worker.postMessage({ train: false }); $('stop').hidden = true; });
  on('fork', 'click', () => ignore(fork(Number($('rate').value.replace(',', '.')))));
  on('beside', 'click', () => { sides = [sides[0], structuredClone(sides[0])]; kept = true; ignore(train().then(address)); });
  on('alone', 'click', () => { sides = [sides[0]]; kept = false; ignore(train().then(address)); });
  on('unit', 'change', () => point($('unit').value));
  picture.addEventListener('pointerover', ({ target }) => { const mark = target.closest('[data-unit]'); if (mark) point(mark.dataset.unit); });
  picture.addEventListener('pointerleave', () => point(''));
  section.addEventListener('click', ({ target }) => { const act = take[target.dataset?.take]; if (act) act().catch(error => trouble(error.message)); });
  window.addEventListener('hashchange', () => { if (location.hash.includes('=') && ready) { follow(); ignore(train().then(() => shown !== null && goto(shown))); } });
  let wide = 0;
  new ResizeObserver(() => {
    if (picture.clientWidth === wide) return;
    wide = picture.clientWidth;
    if (ready && drawn) redraw();
  }).observe(picture);
  start();
})();
