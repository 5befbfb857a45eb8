// What somebody types is kept a moment later: on the server for those who are signed in, in this browser for
// others and whenever the server cannot be reached. A form says whose it is in data-draft (the campaign).
const PAUSE = 2000
const LIFE = 30 * 86400e3
const FIELDS = ['title', 'text', 'office', 'rest', 'key']

export function keepDrafts(htmx) {
  for (const done of document.querySelectorAll('[data-draft-done]')) forget(done.dataset.draftDone)
  const form = document.querySelector('form[data-draft]')
  if (!form) return
  const state = document.getElementById('draft-state')
  let local = form.dataset.draftKept !== 'server'
  let timer

  form.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(keep, PAUSE)
  })
  // Leaving the page in between loses nothing either.
  window.addEventListener('pagehide', () => {
    if (timer && local) store(form)
  })
  state?.addEventListener('htmx:responseError', fallBack)
  state?.addEventListener('htmx:sendError', fallBack)
  state?.addEventListener('htmx:afterRequest', (event) => {
    if (!event.detail.successful) return
    local = false
    forget(form.dataset.draft)
  })

  // What the server knows already need not stay in the browser as well.
  if (!local && typed(form)) forget(form.dataset.draft)
  else restore(form, state, local)

  function keep() {
    timer = undefined
    if (local) store(form)
    if (form.dataset.draftKept === 'server') htmx.trigger(state, 'keep')
  }

  function fallBack(event) {
    // Said here, where one types, instead of as a failure of the page.
    event.stopPropagation()
    local = true
    store(form)
    state.textContent = form.dataset.draftLocal
  }
}

const nameOf = (campaign) => `draft:${campaign}`
const typed = (form) => form.elements.title?.value.trim() || form.elements.text.value.trim()

function store(form) {
  const kept = { at: Date.now() }
  for (const field of FIELDS) kept[field] = form.elements[field]?.value ?? ''
  try {
    if (typed(form)) localStorage.setItem(nameOf(form.dataset.draft), JSON.stringify(kept))
    else localStorage.removeItem(nameOf(form.dataset.draft))
  } catch {
    // Storage may be full or forbidden: the page itself still holds the text.
  }
}

function forget(campaign) {
  try {
    localStorage.removeItem(nameOf(campaign))
  } catch {
    // As above.
  }
}

function restore(form, state, local) {
  if (typed(form)) {
    if (local) store(form)
    return
  }
  let kept
  try {
    kept = JSON.parse(localStorage.getItem(nameOf(form.dataset.draft)))
  } catch {
    return
  }
  if (!kept || !(Date.now() - kept.at < LIFE)) return
  for (const field of FIELDS) {
    if (form.elements[field] && !form.elements[field].value) form.elements[field].value = kept[field] ?? ''
  }
  if (form.elements.key) form.elements.key.value = kept.key || form.elements.key.value
  if (state) state.textContent = form.dataset.draftRestored
  form.elements.text.dispatchEvent(new Event('input', { bubbles: true }))
}
