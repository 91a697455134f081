// The API test, and "run again": a form is sent without leaving the page.
'use strict';

(() => {
  const outcome = document.getElementById('outcome');
  const form = outcome && document.getElementById(outcome.dataset.form);
  if (!form) return;

  let running = 0;

  const send = async (button) => {
    const mine = ++running;
    const fields = new FormData(form);
    if (button?.name) fields.set(button.name, button.value);
    button?.setAttribute('aria-busy', 'true');
    ivrhooks.say(ivrhooks.text.running);
    try {
      const part = await ivrhooks.part(form.getAttribute('action'), {
        method: 'POST',
        body: new URLSearchParams(fields),
      });
      if (mine === running) show(part || '');
    } catch (error) {
      if (mine === running) ivrhooks.say(error.message);
    } finally {
      button?.removeAttribute('aria-busy');
    }
  };

  const show = (part) => {
    outcome.innerHTML = part;
    ivrhooks.localTimes(outcome);
    const said = outcome.querySelector('[data-said]');
    ivrhooks.say(said ? said.dataset.said : '', true);
    const copied = outcome.querySelector('[data-copy]');
    if (copied) ivrhooks.copy(copied.dataset.copy, copied.querySelector('textarea'));
    const top = outcome.getBoundingClientRect().top;
    if (top < 0 || top > window.innerHeight * 0.7) {
      outcome.scrollIntoView({ block: 'start' });
    }
  };

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send(event.submitter);
  });

  // A test caller fills the form in. Its number stays masked; the server knows it.
  const fill = (link) => {
    const values = JSON.parse(link.dataset.fields);
    for (const field of form.querySelectorAll('input[name^="i."], input[name^="h."]')) {
      field.value = values[field.name] ?? '';
    }
    form.elements.base.value = link.dataset.base;
    for (const other of document.querySelectorAll('.chips [aria-current]')) {
      other.removeAttribute('aria-current');
    }
    link.setAttribute('aria-current', 'true');
    ivrhooks.say(link.textContent.trim());
  };

  document.addEventListener('click', (event) => {
    const link = event.target.closest('.chips a[data-fields]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    fill(link);
  });

  document.addEventListener('keydown', (event) => {
    const run = document.getElementById('run-button');
    if (run && event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(run);
    }
  });
})();
