// A second click while the first submission is under way does nothing. After eight seconds one may try again:
// the network may have swallowed the first.
const PATIENCE = 8000

export function guardSubmits() {
  document.addEventListener('submit', (event) => {
    const form = event.target
    if (event.defaultPrevented || form.method !== 'post' || 'allowResubmit' in form.dataset) return
    if ('sent' in form.dataset) {
      event.preventDefault()
      return
    }
    form.dataset.sent = ''
    setTimeout(() => delete form.dataset.sent, PATIENCE)
  })
  // A page that comes back from the history must be usable again.
  window.addEventListener('pageshow', () => {
    for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent
  })
}
