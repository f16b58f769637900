// The page's own script: the bar shows and hides, the address remembers what is shown, and figures can be taken along.
// Without it everything can still be read; the bar works through the style sheet.
'use strict';
{
  const chosen = name => document.querySelector(`input[name="${name}"]:checked`)?.value;
  const parts = ['width', 'paradigm'].map(name => [name, document.querySelectorAll(`[data-${name}]`)]);
  const tell = () => {
    const isOther = (element, name) => name in element.dataset && element.dataset[name] !== (chosen(name) ?? element.dataset[name]);
    for (const [, elements] of parts) {
      elements.forEach(element => { element.hidden = parts.some(([name]) => isOther(element, name)); });
    }
  };

  // '#width=20&paradigm=all' sets the bar; '#figure-elbows-width-20' sets the bar so that this figure can be seen. The
  // laboratory has addresses of its own.
  const follow = () => {
    const hash = location.hash.slice(1);
    const state = new URLSearchParams(hash.includes('=') ? hash : '');
    const target = hash.includes('=') ? document.getElementById('lab') : document.getElementById(hash);
    for (const name of ['width', 'paradigm']) {
      const value = state.get(name) ?? target?.closest(`[data-${name}]`)?.dataset[name];
      const input = value && document.querySelector(`input[name="${name}"][value="${CSS.escape(value)}"]`);
      if (input) input.checked = true;
    }
    tell();
    target?.scrollIntoView();
  };

  // The pictures of a figure as one, with the colours of paper: a copy does not know the page's style sheet.
  const drawing = figure => {
    const whole = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    let [width, height] = [0, 0];
    // The layout for a phone uses marks of the other, so it cannot be taken along by itself.
    const wide = figure.querySelectorAll('.on-wide svg');
    for (const svg of wide.length > 0 ? wide : figure.querySelectorAll('svg')) {
      const copy = svg.cloneNode(true);
      copy.querySelectorAll('[display="none"]').forEach(hidden => hidden.remove());
      const { width: w, height: h } = svg.viewBox.baseVal;
      for (const [name, value] of Object.entries({ y: height, width: w, height: h })) copy.setAttribute(name, value);
      whole.append(copy);
      [width, height] = [Math.max(width, w), height + h];
    }
    const size = { width, height, viewBox: `0 0 ${width} ${height}` };
    for (const [name, value] of Object.entries(size)) whole.setAttribute(name, value);
    const svg = whole.childElementCount === 1 ? whole.firstElementChild : whole;
    return { text: new XMLSerializer().serializeToString(svg), width, height };
  };

  const save = (name, blob) => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };

  const savePng = (name, { text, width, height }) => {
    const image = new Image();
    image.onload = () => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 2 * width, height: 2 * height });
      canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob(blob => save(`${name}.png`, blob));
    };
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  };

  for (const figure of document.querySelectorAll('figure')) {
    const name = figure.id.replace(/^figure-/, '');
    const title = figure.querySelector('title').textContent;
    const tools = Object.assign(document.createElement('div'), { className: 'tools' });
    const said = Object.assign(document.createElement('span'), { role: 'status' });
    const button = (words, act) => {
      const made = Object.assign(document.createElement('button'), { type: 'button', textContent: words });
      made.setAttribute('aria-label', `${words}: ${title}`);
      made.addEventListener('click', act);
      tools.append(made);
    };
    button('Copy as SVG', () => {
      const { text } = drawing(figure);
      const otherwise = () => save(`${name}.svg`, new Blob([text], { type: 'image/svg+xml' }));
      const copied = navigator.clipboard?.writeText(text).then(() => { said.textContent = 'Copied.'; });
      copied ? copied.catch(otherwise) : otherwise();
    });
    button('Save as PNG', () => savePng(name, drawing(figure)));
    button('Link', () => {
      history.replaceState(null, '', `#${figure.id}`);
      said.textContent = 'The address of this page now leads here.';
    });
    tools.append(said);
    figure.querySelector('details.numbers').before(tools);
  }

  // Layouts for a phone are packed.
  const phone = matchMedia('(max-width: 700px)');
  const unpack = async box => {
    const bytes = Uint8Array.from(atob(box.dataset.packed), character => character.charCodeAt(0));
    const text = new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
    box.removeAttribute('data-packed');
    box.innerHTML = await text;
    box.parentElement.classList.add('unpacked');
    box.dispatchEvent(new Event('unpacked', { bubbles: true }));
  };
  const fit = () => { if (phone.matches) document.querySelectorAll('[data-packed]').forEach(unpack); };
  phone.addEventListener('change', fit);
  fit();

  document.querySelectorAll('.scripted').forEach(element => { element.hidden = false; });
  document.querySelector('.bar')?.addEventListener('change', () => tell());
  window.addEventListener('hashchange', follow);
  window.addEventListener('DOMContentLoaded', follow);
}
