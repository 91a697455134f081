// On every page: local times, the banner of a refused configuration, printing, copying.
'use strict';

const ivrhooks = {
  text: document.body.dataset,

  // Says something to everybody; `unseen`: to who listens only, as it stands in the page.
  say(words, unseen = false) {
    const said = document.getElementById('said');
    if (!said) return;
    said.classList.toggle('hidden', unseen);
    if (words) said.textContent = words;
  },

  // A part of a page from the server; null where nothing is new, an Error where the
  // server cannot be reached, this page is too old or this browser is signed out.
  async part(url, options = {}) {
    let response;
    try {
      response = await fetch(url, {
        credentials: 'same-origin',
        cache: 'no-store',
        ...options,
        headers: { 'X-Fragment': '1', Accept: 'text/html', ...(options.headers || {}) },
      });
    } catch {
      throw new Error(this.text.failed);
    }
    if (response.status === 401) throw new Error(this.text.signedOut);
    if (response.status === 204) return null;
    if (!(response.headers.get('Content-Type') || '').startsWith('text/html')) {
      throw new Error(response.status === 400 ? this.text.tooOld : this.text.failed);
    }
    return response.text();
  },

  // Calls `look` again and again, while this page can be seen, a moment after it ended.
  follow(look, milliseconds) {
    const again = async () => {
      if (!document.hidden) {
        try {
          await look();
        } catch (error) {
          ivrhooks.say(error.message);
        }
      }
      setTimeout(again, milliseconds);
    };
    setTimeout(again, milliseconds);
  },

  async copy(text, field) {
    try {
      await navigator.clipboard.writeText(text);
      this.say(this.text.copied);
    } catch {
      field?.focus();
      field?.select();
      this.say(this.text.notCopied);
    }
  },

  // Moments stand in the page as UTC; people compare them with their own clock.
  localTimes(within) {
    for (const time of within.querySelectorAll('time[datetime]:not([title])')) {
      const moment = new Date(time.dateTime);
      if (Number.isNaN(moment.getTime())) continue;
      const two = (number, length = 2) => String(number).padStart(length, '0');
      const day = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())} `;
      const clock = `${two(moment.getHours())}:${two(moment.getMinutes())}:${two(moment.getSeconds())}`;
      const today = moment.toDateString() === new Date().toDateString();
      const thousandths = time.closest('table.requests') ? `.${two(moment.getMilliseconds(), 3)}` : '';
      time.title = time.dateTime;
      time.textContent = (today && thousandths ? '' : day) + clock + thousandths;
    }
  },
};

ivrhooks.localTimes(document);

for (const button of document.querySelectorAll('button.print')) {
  button.hidden = false;
  button.addEventListener('click', () => window.print());
}

const banner = document.getElementById('banner');
if (banner) {
  ivrhooks.follow(async () => {
    const part = ((await ivrhooks.part(ivrhooks.text.banner)) || '').trim();
    if (part !== banner.innerHTML.trim()) banner.innerHTML = part;
  }, 3000);
}
