// The slider over the saved states. It redraws the network in the function view from its parameters, exactly (a
// polyline through the elbows), and moves the cursor over the errors. Parameters come in units of the
// picture: the frame reaches from 0 to 1 in both directions.
'use strict';
(() => {
  const figure = document.getElementById('scrubber');
  if (!figure) return;
  const packed = JSON.parse(document.getElementById('packed').textContent);
  const [slider, play, says, spoken] = ['state', 'play', 'says', 'spoken'].map(id => document.getElementById(id));
  // The layouts for a desktop and for a phone, of which one is displayed.
  const layouts = [...figure.querySelectorAll('svg')].map((view, place) => {
    const [network, cursor] = ['.network', '.cursor'].map(part => view.querySelector(part));
    return { view, network, cursor, frames: packed.frames[place] };
  });
  const n = value => String(+value.toFixed(2));
  let [run, timer] = [null, 0];
  // W1, b1, W2 and b2 of a state.
  const parameters = index => {
    run.floats ??= new Float32Array(Uint8Array.from(atob(run.parameters), c => c.charCodeAt(0)).buffer);
    const w = run.width;
    const hidden = run.frozen ? 0 : index * (3 * w + 1);
    const output = run.frozen ? 2 * w + index * (w + 1) : hidden + 2 * w;
    const [w1, b1, w2] = [hidden, hidden + w, output].map(from => run.floats.subarray(from, from + w));
    return { w1, b1, w2, b2: run.floats[output + w] };
  };

  const make = (parent, name, attributes) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) if (value !== '') element.setAttribute(key, value);
    return parent.appendChild(element);
  };
  const points = list => list.map(([px, py]) => `${n(px)},${n(py)}`).join(' ');
  const arrow = (parent, px, py, dx, dy, attributes) => {
    const corner = (along, across) => [px + along * dx - across * dy, py + along * dy + across * dx];
    make(parent, 'polygon', { points: points([corner(6, 0), corner(0, 3.5), corner(0, -3.5)]), ...attributes });
  };

  // A polyline, cut where it leaves the frame at the top or the bottom, with an arrow there.
  const line = ([, top, , bottom], parent, vertices, attributes, tip = { fill: attributes.stroke }) => {
    const group = make(parent, 'g', { fill: 'none', 'stroke-linejoin': 'round', 'stroke-linecap': 'round' });
    let piece = [];
    const finish = () => {
      if (piece.length > 1) make(group, 'polyline', { points: points(piece), ...attributes });
      piece = [];
    };
    vertices.forEach(([x1, y1], index) => {
      const [x0, y0] = vertices[Math.max(0, index - 1)];
      for (const border of y1 > y0 ? [top, bottom] : [bottom, top]) {
        if ((y0 - border) * (y1 - border) >= 0) continue;
        const crossing = x0 + (x1 - x0) * (border - y0) / (y1 - y0);
        if (piece.push([crossing, border]) > 1) finish();
        arrow(group, crossing, border, 0, border === top ? -1 : 1, tip);
      }
      if (y1 >= top - 1e-3 && y1 <= bottom + 1e-3) piece.push([x1, y1]); else finish();
    });
    finish();
  };

  const draw = ({ network, frames: [frame] }, index) => {
    const [left, top, right, bottom] = frame;
    const x = u => left + u * (right - left);
    const y = v => bottom - v * (bottom - top);
    const { w1, b1, w2, b2 } = parameters(index);
    const isOn = (i, u) => w1[i] * u + b1[i] > 0;
    const share = (i, u) => isOn(i, u) ? w2[i] * (w1[i] * u + b1[i]) : 0;
    const predict = u => w2.reduce((sum, _, i) => sum + share(i, u), b2);
    const elbows = Array.from(w1, (w, i) => Number.isFinite(b1[i] / w) ? -b1[i] / w : NaN);
    const vertices = (bends, height) =>
      [0, ...bends.filter(u => u > 0 && u < 1).sort((a, b) => a - b), 1].map(u => [x(u), y(height(u))]);
    network.replaceChildren();
    const [units, bent, dots] = [{ class: 'faint', opacity: 0.6 }, {}, { class: 's-background', stroke: '#ffffff', 'stroke-width': 1 }]
      .map(attributes => make(network, 'g', attributes));
    elbows.forEach((elbow, i) => {
      const stroke = run.colours[i];
      if (isOn(i, 0) || isOn(i, 1)) {
        const style = { stroke, 'stroke-width': 1, 'stroke-dasharray': run.dashes[i], 'data-unit': i };
        line(frame, units, vertices([elbow], u => packed.base + share(i, u)), style);
      }
      const [cx, cy] = [x(elbow), y(predict(elbow))];
      if (elbow < 0 || elbow > 1) {
        const [edge, out] = elbow < 0 ? [left, -1] : [right, 1];
        arrow(dots, edge, Math.min(Math.max(cy, top), bottom), out, 0, { class: 'f-ink', fill: '#1a1a1a' });
      }
      if (!(elbow >= 0 && elbow <= 1 && cy >= top && cy <= bottom)) return;
      const hollow = { class: 'f-background', fill: '#ffffff', stroke, 'stroke-width': 1.5 };
      const style = packed.inputs.some(u => isOn(i, u)) ? { fill: stroke } : hollow;
      make(dots, 'circle', { cx: n(cx), cy: n(cy), r: run.width > 20 ? 2.1 : 3, ...style });
    });
    const blue = '#0072b2';
    line(frame, bent, vertices(elbows, predict), { class: 's-prediction', stroke: blue, 'stroke-width': 2 },
      { class: 'f-prediction', fill: blue });
  };

  const show = () => {
    const index = +slider.value;
    const [when, units, [train, test]] = [run.when[index], run.units[index], run.errors[index]];
    const state = `${when}${run.steps[index] > 0 ? run.of : ''}, test MSE ${test}`;
    const title = `${run.name}, ${when}: test MSE ${test}`;
    for (const layout of layouts.filter(({ view }) => view.getClientRects().length > 0)) {
      const { view, cursor, frames: [, [left, top, right, bottom]] } = layout;
      draw(layout, index);
      view.querySelector('title').textContent = title;
      view.querySelector('desc').textContent = `The prediction is a polyline through the elbows. ${units}.`;
      if (layout === layouts[0]) {
        // The first group holds the title, the second the line below it.
        view.querySelectorAll(':scope > g > text:first-child').forEach((text, i) => { if (i < 2) text.textContent = [title, units][i]; });
      }
      const [at, ...heights] = run.cursor[index];
      cursor.setAttribute('transform', `translate(${n(left + at * (right - left))},0)`);
      cursor.querySelectorAll('circle').forEach((dot, i) => dot.setAttribute('cy', n(top + heights[i] * (bottom - top))));
    }
    slider.setAttribute('aria-valuetext', state);
    says.textContent = `${run.name}: ${state}, train MSE ${train}. Units: ${units}.`;
    figure.dataset.state = `width=${run.width}&paradigm=${run.key.split('-')[1]}&step=${run.steps[index]}`;
  };
  const go = to => { slider.value = to; show(); };
  const speak = () => { spoken.textContent = says.textContent; };
  const stop = () => { clearInterval(timer); timer = 0; play.textContent = 'Play'; };
  // The end of the run that the bar names, or its last state up to a step.
  const choose = step => {
    const wanted = step ?? run?.steps[+slider.value] ?? Infinity;
    const { width, paradigm } = window.shownNetwork();
    run = packed.runs.find(one => one.key === `${width}-${paradigm}`) ?? packed.runs[0];
    figure.querySelectorAll('[data-run]').forEach(group =>
      group.dataset.run === run.key ? group.removeAttribute('display') : group.setAttribute('display', 'none'));
    slider.max = run.steps.length - 1;
    go(Math.max(0, run.steps.filter(other => other <= wanted).length - 1));
  };
  play.hidden = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const toggle = () => {
    if (timer || play.hidden) { stop(); speak(); return; }
    if (slider.value === slider.max) go(0);
    play.textContent = 'Pause';
    timer = setInterval(() => { go(+slider.value + 1); if (slider.value === slider.max) toggle(); }, 80);
  };
  slider.addEventListener('input', () => { stop(); show(); });
  slider.addEventListener('change', speak);
  slider.addEventListener('keydown', event => {
    const far = { PageUp: 10, PageDown: -10 }[event.key];
    if (event.key === ' ') toggle(); else if (far) { stop(); go(+slider.value + far); speak(); } else return;
    event.preventDefault();
  });
  play.addEventListener('click', toggle);
  matchMedia('(max-width: 700px)').addEventListener('change', show);
  document.addEventListener('shown', event => { stop(); choose(event.detail); });
})();
