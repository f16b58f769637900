// The slider over the saved states. It redraws the network in the function view from its parameters, exactly (a
// polyline through the elbows), and moves the cursor in the strip of errors. Parameters come in units of the picture: the
// frame reaches from 0 to 1 in both directions.
'use strict';
{
  const figure = document.getElementById('scrubber');
  const packed = JSON.parse(document.getElementById('packed')?.textContent ?? 'null');
  const start = () => {
    const [view, strip] = figure.querySelectorAll('svg');
    const network = view.querySelector('.network');
    const cursor = strip.querySelector('.cursor');
    const [slider, play, says, spoken] = ['state', 'play', 'says', 'spoken'].map(id => document.getElementById(id));
    const [left, top, right, bottom] = packed.frame;
    const px = u => left + u * (right - left);
    const py = v => bottom - v * (bottom - top);
    const n = value => String(+value.toFixed(2));
    let run = null;
    let timer = 0;

    const floats = text => new Float32Array(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer);
    // W1, b1, W2 and b2 of a state.
    const parameters = index => {
      const all = run.floats ??= floats(run.parameters);
      const w = run.width;
      const hidden = run.frozen ? 0 : index * (3 * w + 1);
      const output = run.frozen ? 2 * w + index * (w + 1) : hidden + 2 * w;
      const row = (from, count) => all.subarray(from, from + count);
      return { w1: row(hidden, w), b1: row(hidden + w, w), w2: row(output, w), b2: all[output + w] };
    };

    const make = (parent, name, attributes) => {
      const element = document.createElementNS('http://www.w3.org/2000/svg', name);
      for (const [key, value] of Object.entries(attributes)) if (value !== '') element.setAttribute(key, value);
      return parent.appendChild(element);
    };
    const arrow = (parent, x, y, dx, dy, attributes) => {
      const point = (along, across) => `${n(x + along * dx - across * dy)},${n(y + along * dy + across * dx)}`;
      make(parent, 'polygon', { points: [point(6, 0), point(0, 3.5), point(0, -3.5)].join(' '), ...attributes });
    };

    // A polyline, cut where it leaves the frame at the top or the bottom, with an arrow there.
    const line = (parent, points, colour, attributes) => {
      let piece = [];
      const finish = () => {
        if (piece.length > 1) {
          make(parent, 'polyline', { points: piece.map(([x, y]) => `${n(x)},${n(y)}`).join(' '), fill: 'none', 'stroke-linejoin': 'round', 'stroke-linecap': 'round', ...attributes });
        }
        piece = [];
      };
      points.forEach(([x1, y1], index) => {
        const inside = y1 >= top - 1e-3 && y1 <= bottom + 1e-3;
        if (index > 0) {
          const [x0, y0] = points[index - 1];
          const cuts = [top, bottom].filter(y => (y0 - y) * (y1 - y) < 0).map(y => [x0 + (x1 - x0) * (y - y0) / (y1 - y0), y]);
          for (const [x, y] of y1 > y0 ? cuts : cuts.reverse()) {
            piece.push([x, y]);
            if (piece.length > 1) finish();
            arrow(parent, x, y, 0, y === top ? -1 : 1, { fill: colour });
          }
        }
        if (inside) piece.push([x1, y1]);
      });
      finish();
    };

    const draw = index => {
      const { w1, b1, w2, b2 } = parameters(index);
      const share = (i, u) => w2[i] * Math.max(0, w1[i] * u + b1[i]);
      const predict = u => w2.reduce((sum, _, i) => sum + share(i, u), b2);
      const elbows = Array.from(w1, (w, i) => Number.isFinite(b1[i] / w) ? -b1[i] / w : NaN);
      const polyline = (inner, f) => [0, ...inner.filter(e => e > 0 && e < 1).sort((a, b) => a - b), 1].map(u => [px(u), py(f(u))]);
      const isOn = (i, u) => w1[i] * u + b1[i] > 0;
      network.replaceChildren();
      const units = make(network, 'g', { opacity: 0.6 });
      const bend = make(network, 'g', {});
      const dots = make(network, 'g', { class: 's-background', stroke: '#ffffff', 'stroke-width': 1 });
      // A share is drawn as its own line from 0, and the picture's 0 is where a unit that is off lies.
      elbows.forEach((elbow, i) => {
        const [colour, dash] = [run.colours[i], run.dashes[i]];
        if (isOn(i, 0) || isOn(i, 1)) {
          const own = make(units, 'g', { 'data-unit': i + 1 });
          line(own, polyline([elbow], u => share(i, u) + packed.zero), colour, { stroke: colour, 'stroke-width': 1, 'stroke-dasharray': dash });
        }
        const [x, y] = [px(elbow), py(predict(elbow))];
        if (elbow >= 0 && elbow <= 1 && y >= top && y <= bottom) {
          const dead = !packed.inputs.some(u => isOn(i, u));
          make(dots, 'circle', { cx: n(x), cy: n(y), r: run.width > 20 ? 2.1 : 3, ...(dead ? { class: 'f-background', fill: '#ffffff', stroke: colour, 'stroke-width': 1.5 } : { fill: colour }) });
        }
      });
      line(bend, polyline(elbows, predict), '#0072b2', { class: 's-prediction', stroke: '#0072b2', 'stroke-width': 2 });
      for (const [count, x, dx, anchor] of [[elbows.filter(e => e < 0).length, left, -1, 'start'], [elbows.filter(e => e > 1).length, right, 1, 'end']]) {
        if (count === 0) continue;
        arrow(network, x - 8 * dx, bottom - 9, dx, 0, { class: 'f-ink', fill: '#1a1a1a' });
        make(network, 'text', { x: n(x - 11 * dx), y: n(bottom - 5), 'font-size': 12, class: 'f-ink', fill: '#1a1a1a', 'text-anchor': anchor }).textContent = count;
      }
    };

    const say = (svg, title, description) => {
      svg.querySelector('title').textContent = title;
      svg.querySelector('desc').textContent = description;
    };
    const show = index => {
      const [[x, yTrain, yTest], [train, test]] = [run.cursor[index], run.errors[index]];
      const state = `${run.when[index]}${run.steps[index] > 0 ? run.of : ''}, test MSE ${test}`;
      const title = `${run.name}, ${run.when[index]}: test MSE ${test}`;
      draw(index);
      say(view, title, `The prediction is a polyline through ${network.querySelectorAll('circle').length} elbows in the picture. ${run.units[index]}.`);
      const [heading, second] = view.querySelectorAll(':scope > g');
      heading.querySelector('text').textContent = title;
      second.querySelector('text').textContent = run.units[index];
      cursor.setAttribute('transform', `translate(${x},0)`);
      cursor.querySelector('.cursor-train').setAttribute('cy', yTrain);
      cursor.querySelector('.cursor-test').setAttribute('cy', yTest);
      slider.setAttribute('aria-valuetext', state);
      says.textContent = `${state}, train MSE ${train}. Units: ${run.units[index]}.`;
      figure.dataset.state = `${run.key.replace(/(.*)-(.*)/, 'width=$1&paradigm=$2')}&step=${run.steps[index]}`;
    };
    const choose = step => {
      const { width, paradigm } = window.shownNetwork();
      const found = packed.runs.find(r => r.key === `${width}-${paradigm}`) ?? packed.runs.find(r => r.key.startsWith(`${width}-`)) ?? packed.runs[0];
      const wanted = step ?? run?.steps[+slider.value] ?? Infinity;
      run = found;
      say(strip, ...run.strip);
      strip.querySelectorAll('[data-run]').forEach(g => g.dataset.run === run.key ? g.removeAttribute('display') : g.setAttribute('display', 'none'));
      slider.max = run.steps.length - 1;
      slider.value = Math.max(0, run.steps.filter(s => s <= wanted).length - 1);
      show(+slider.value);
    };
    const stop = () => { clearInterval(timer); timer = 0; play.textContent = 'Play'; };
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    play.hidden = still;
    const go = () => {
      if (still) return;
      if (timer) { stop(); spoken.textContent = says.textContent; return; }
      if (+slider.value === +slider.max) slider.value = 0;
      play.textContent = 'Pause';
      timer = setInterval(() => { slider.value = +slider.value + 1; show(+slider.value); if (+slider.value === +slider.max) go(); }, 80);
    };
    slider.addEventListener('input', () => { stop(); show(+slider.value); });
    slider.addEventListener('change', () => { spoken.textContent = says.textContent; });
    slider.addEventListener('keydown', event => {
      const by = { PageUp: 10, PageDown: -10 }[event.key];
      if (event.key === ' ') go(); else if (by) { stop(); slider.value = +slider.value + by; show(+slider.value); spoken.textContent = says.textContent; } else return;
      event.preventDefault();
    });
    play.addEventListener('click', go);
    document.addEventListener('shown', event => { stop(); choose(event.detail); });
  };
  if (figure && packed) start();
}
