'use strict';
// Readings on hover, touch and arrow keys: the row of the figure's table that lies under the pointer.
for (const figure of document.querySelectorAll('figure[data-table]')) {
  const table = document.getElementById(figure.dataset.table);
  const readout = figure.querySelector('.readout');
  const hits = [...figure.querySelectorAll('.hit')];
  if (!table || !readout || hits.length === 0) continue;
  const head = [...table.tHead.rows[table.tHead.rows.length - 1].cells].map((cell) => cell.textContent);
  const rows = [...table.tBodies[0].rows];
  let at = -1;
  const show = (index) => {
    at = Math.min(Math.max(index, 0), hits.length - 1);
    const row = rows[Number(hits[at].dataset.row)];
    if (!row) return;
    const cells = [...row.cells].map((cell) => cell.textContent);
    readout.textContent = cells[0] + ': ' + cells.slice(1).map((cell, n) => head[n + 1] + ' ' + cell).join(', ');
  };
  hits.forEach((hit, index) => hit.addEventListener('pointerenter', () => show(index)));
  const box = figure.querySelector('.plot');
  box.tabIndex = 0;
  box.setAttribute('role', 'group');
  box.setAttribute('aria-label', 'Read the values with the arrow keys');
  box.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) {
      show(at + step);
      event.preventDefault();
    }
  });
}
// A scenario's marks come and go with its button.
for (const item of document.querySelectorAll('.legend [data-series]')) {
  const button = document.createElement('button');
  button.type = 'button';
  button.setAttribute('aria-pressed', 'true');
  button.append(...item.childNodes);
  item.append(button);
  const marks = item.closest('figure').querySelectorAll('.' + item.dataset.series);
  button.addEventListener('click', () => {
    const shown = button.getAttribute('aria-pressed') !== 'true';
    button.setAttribute('aria-pressed', String(shown));
    for (const mark of marks) mark.classList.toggle('off', !shown);
  });
}
// Paper has no folds.
addEventListener('beforeprint', () => document.querySelectorAll('.annex details').forEach((of) => { of.open = true; }));
