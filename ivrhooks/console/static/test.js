// The API test, and "run again": a form is sent without leaving the page.
'use strict';

(() => {
  const outcome = document.getElementById('outcome');
  const form = outcome && document.getElementById(outcome.dataset.form);
  if (!form) return;

  const beside = document.getElementById('beside');
  const bar = document.getElementById('bar');
  const counter = document.getElementById('counter');
  const ASIDE = ['curl', 'link', 'preview', 'write'];
  let running = 0;
  let ticking;

  // While a run is under way the old answer is greyed and a counter runs.
  const begin = () => {
    outcome.setAttribute('aria-busy', 'true');
    const began = performance.now();
    const tick = () => {
      if (counter) {
        const seconds = ((performance.now() - began) / 1000).toFixed(1);
        counter.textContent = `${seconds} ${counter.dataset.unit}`;
      }
    };
    clearInterval(ticking);
    tick();
    ticking = setInterval(tick, 100);
  };

  const end = () => {
    clearInterval(ticking);
    outcome.removeAttribute('aria-busy');
  };

  const send = async (button) => {
    const fields = new FormData(form);
    if (button?.name) fields.set(button.name, button.value);
    const aside = beside && button?.name === 'action' && ASIDE.includes(button.value);
    const mine = aside ? running : ++running;
    button?.setAttribute('aria-busy', 'true');
    ivrhooks.say(ivrhooks.text.running, !aside && !!bar);
    if (!aside) begin();
    try {
      const part = await ivrhooks.part(form.getAttribute('action'), {
        method: 'POST',
        body: new URLSearchParams(fields),
      });
      if (mine === running) show(part || '', aside ? beside : outcome);
    } catch (error) {
      if (mine === running) ivrhooks.say(error.message);
    } finally {
      button?.removeAttribute('aria-busy');
      if (mine === running && !aside) end();
    }
  };

  const show = (part, place) => {
    place.innerHTML = part;
    ivrhooks.localTimes(place);
    const said = place.querySelector('[data-said]');
    ivrhooks.say(said ? said.dataset.said : '', true);
    const copied = place.querySelector('[data-copy]');
    if (copied) ivrhooks.copy(copied.dataset.copy, copied.querySelector('textarea'));
    for (const button of place.querySelectorAll('[data-close]')) button.hidden = false;
    const top = place.getBoundingClientRect().top;
    const covered = bar ? bar.getBoundingClientRect().bottom : 0;
    if (top < covered || top > window.innerHeight * 0.7) {
      place.scrollIntoView({ block: 'start' });
    }
  };

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (event.submitter?.name === 'caller') fill(event.submitter);
    send(event.submitter);
  });

  // A test caller fills the form in, and runs. Its number stays masked; the server
  // knows it.
  const fill = (button) => {
    const values = JSON.parse(button.dataset.fields);
    for (const field of form.querySelectorAll('input[name^="i."], input[name^="h."]')) {
      field.value = values[field.name] ?? '';
    }
    form.elements.base.value = button.value;
    form.elements.now.value = button.dataset.now;
    const { source, fault } = form.elements;
    const ofTest = source.querySelector('option[value="test"]');
    ofTest.disabled = !button.value.startsWith('tests.');
    if (button.dataset.source) source.value = button.dataset.source;
    else if (source.value === 'test') source.value = 'configured';
    const how = document.getElementById('how');
    if (source.value !== 'configured' || fault.value || form.elements.now.value) how.open = true;
    for (const other of document.querySelectorAll('.callers [aria-current]')) {
      other.removeAttribute('aria-current');
    }
    button.setAttribute('aria-current', 'true');
  };

  document.addEventListener('click', (event) => {
    const close = event.target.closest('[data-close]');
    if (close) close.closest('#beside').replaceChildren();
    const menu = document.getElementById('endpoints');
    if (menu?.open && !menu.contains(event.target)) menu.open = false;
  });

  document.addEventListener('keydown', (event) => {
    const menu = document.getElementById('endpoints');
    if (event.key === 'Escape' && menu?.open) {
      menu.open = false;
      menu.querySelector('summary').focus();
    }
    const run = document.getElementById('run-button');
    if (run && event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(run);
    }
  });
})();
