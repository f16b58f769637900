// Walks forward and backward through a graph, a step at a time, or to the node that is pointed at; what is said of a step
// stands beside or below the graph. Without scripts all derivations can be read where they stand.
'use strict';
for (const figure of document.querySelectorAll('figure[data-derivations]')) {
  const key = figure.dataset.derivations;
  const [told, says, back, next] = ['.told', 'output', '.back-step', '.next-step'].map(part => figure.querySelector(part));
  // Of the layout for a desktop and, once it is unpacked, of that for a phone.
  const [pictures, nodes, links] = ['svg', '.node', '.link'].map(part => () => [...figure.querySelectorAll(`.stage ${part}`)]);
  const articles = [...document.querySelectorAll(`[id^="${key}-"].derivation`)];
  // A step says something and reaches nodes, on the way forward those of the steps before as well.
  const step = element => ({ element, names: (element.dataset.nodes ?? element.dataset.node).split(' ') });
  const begun = [...figure.querySelector('template').content.children].map(step);
  const forward = begun.filter(({ element }) => !('back' in element.dataset));
  const backward = [...begun.slice(forward.length), ...articles.map(step)];
  const steps = [...forward, ...backward];
  let [now, kept] = [-1, false];

  // The nodes between some nodes and the loss.
  const wayOn = names => {
    const reached = new Set(names);
    for (let size = 0; size !== reached.size;) {
      size = reached.size;
      for (const { dataset } of links()) if (reached.has(dataset.from)) reached.add(dataset.to);
    }
    return reached;
  };

  const show = index => {
    if (index === now) return;
    now = index;
    const { element, names } = steps[index];
    const isForward = index < forward.length;
    const lit = isForward ? new Set(steps.slice(0, index + 1).flatMap(one => one.names)) : wayOn(names);
    for (const svg of pictures()) svg.dataset.pass = isForward ? 'forward' : 'backward';
    for (const node of nodes()) {
      node.classList.toggle('lit', lit.has(node.dataset.node));
      node.classList.toggle('shown', names.includes(node.dataset.node));
    }
    for (const link of links()) link.classList.toggle('lit', lit.has(link.dataset.from) && lit.has(link.dataset.to));
    const copy = element.cloneNode(true);
    copy.querySelectorAll('details').forEach(details => { details.open = true; });
    // The formula heads its card; here it is no heading of the page.
    const head = copy.querySelector('h4');
    const formula = document.createElement('p');
    formula.append(...head?.childNodes ?? []);
    head?.replaceWith(formula);
    told.replaceChildren(...copy.children);
    told.scrollTop = 0;
    const [way, place, count] = isForward ? ['Forward', index, forward.length] : ['Backward', index - forward.length, backward.length];
    says.textContent = `${way}, ${place + 1} of ${count}`;
    back.disabled = index === 0;
    next.disabled = index === steps.length - 1;
  };
  const keep = node => {
    kept = node;
    nodes().forEach(one => one.setAttribute('aria-pressed', one === node));
  };
  // A graph on a phone is higher than the window.
  const phone = matchMedia('(max-width: 700px)');
  const walk = by => {
    keep(false);
    show(now + by);
    if (phone.matches) figure.querySelector('.on-narrow .shown')?.scrollIntoView({ block: 'center' });
  };
  back.addEventListener('click', () => walk(-1));
  next.addEventListener('click', () => walk(1));
  back.disabled = true;

  const adopt = node => {
    const index = steps.findLastIndex(({ names }) => names.includes(node.dataset.node));
    const point = () => { if (!kept) show(index); };
    const choose = () => { keep(kept === node ? false : node); show(index); };
    node.setAttribute('tabindex', '0');
    node.setAttribute('role', 'button');
    node.addEventListener('focus', point);
    node.addEventListener('mouseenter', point);
    node.addEventListener('click', choose);
    node.addEventListener('keydown', event => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      choose();
    });
  };
  const begin = () => {
    pictures().forEach(svg => svg.setAttribute('role', 'group'));
    nodes().filter(node => !node.hasAttribute('tabindex')).forEach(adopt);
    keep(kept);
  };
  figure.addEventListener('unpacked', begin);
  begin();
}
// One step of a descent is shown at a time.
for (const walk of document.querySelectorAll('.walk')) {
  const choose = () => {
    const { value } = walk.querySelector('input:checked');
    for (const step of walk.querySelectorAll('.step')) step.classList.toggle('other', step.dataset.step !== value);
  };
  walk.addEventListener('change', choose);
  choose();
}
