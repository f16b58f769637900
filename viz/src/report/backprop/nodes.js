// Nodes of a graph can be pointed at and reached with the Tab key; the derivation that stands below the graph is then
// shown next to it. Without scripts all derivations can be read where they stand.
'use strict';
for (const figure of document.querySelectorAll('figure[data-derivations]')) {
  const key = figure.dataset.derivations;
  const now = figure.querySelector('.now');
  const svg = figure.querySelector('svg');
  svg.setAttribute('role', 'group');
  for (const node of svg.querySelectorAll('.node')) {
    const name = node.dataset.node;
    const id = `${key}-${name.replace(/[^\p{L}\p{N}]/gu, '-')}`;
    const article = document.getElementById(id);
    if (!article) continue;
    node.setAttribute('tabindex', '0');
    node.setAttribute('role', 'link');
    node.setAttribute('aria-label', `${name}: how the derivative by it is computed`);
    const show = () => {
      svg.querySelectorAll('.shown').forEach(other => other.classList.remove('shown'));
      node.classList.add('shown');
      if (now.dataset.shown === id) return;
      now.dataset.shown = id;
      now.replaceChildren(...[...article.cloneNode(true).children]);
    };
    node.addEventListener('focus', show);
    node.addEventListener('mouseenter', show);
    const go = () => {
      for (let around = article.closest('details'); around; around = around.parentElement.closest('details')) around.open = true;
      location.hash = id;
    };
    node.addEventListener('click', go);
    node.addEventListener('keydown', event => { if (event.key === 'Enter') go(); });
  }
}
