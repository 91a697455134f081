// Pages that follow what happens: the list of data requests, and the figures.
'use strict';

(() => {
  const rows = document.getElementById('rows');
  const figures = document.getElementById('figures');

  if (figures) {
    ivrhooks.follow(async () => {
      const focused = figures.contains(document.activeElement);
      const part = await ivrhooks.part(figures.dataset.follow);
      if (part === null || focused || figures.querySelector('details[open]')) return;
      figures.innerHTML = part;
      ivrhooks.localTimes(figures);
    }, 2000);
  }

  if (!rows || !rows.dataset.follow) return;

  const pause = document.getElementById('pause');
  const said = document.getElementById('said');
  const most = Number(rows.dataset.most);
  let paused = false;

  const look = async () => {
    if (paused) return;
    const url = new URL(rows.dataset.follow, location.href);
    url.searchParams.set('after', rows.dataset.last);
    const part = await ivrhooks.part(url);
    if (part === null || paused) return;
    const holder = document.createElement('tbody');
    holder.innerHTML = part;
    const fresh = [...holder.querySelectorAll('tr[data-id]')];
    if (!fresh.length) return;
    ivrhooks.localTimes(holder);
    for (const old of rows.querySelectorAll('.fresh')) old.classList.remove('fresh');
    for (const row of fresh) row.classList.add('fresh');
    rows.prepend(...fresh);
    while (rows.rows.length > most) rows.deleteRow(-1);
    rows.dataset.last = fresh[0].dataset.id;
    document.getElementById('nothing').hidden = true;
    ivrhooks.say(said.dataset.new.replace('{count}', fresh.length));
  };

  pause.hidden = false;
  pause.addEventListener('click', () => {
    paused = !paused;
    pause.setAttribute('aria-pressed', String(paused));
  });
  ivrhooks.follow(look, 600);
})();
