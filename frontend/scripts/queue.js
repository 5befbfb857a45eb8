// Keyboard work through a moderator's queue. j and k step through [data-item]; the key named in data-key presses
// its element; "?" shows what there is. Single keys can be switched off, as WCAG 2.1.4 asks.
const STORE = 'shortcuts'
const current = () => document.querySelector('[data-item][data-current]')

function allowed() {
  try {
    return localStorage.getItem(STORE) !== 'off'
  } catch {
    return true
  }
}

function remember(on) {
  try {
    localStorage.setItem(STORE, on ? 'on' : 'off')
  } catch {
    // Storage may be forbidden; the switch then lasts as long as the page.
  }
}

function step(by) {
  const items = [...document.querySelectorAll('[data-item]')]
  if (!items.length) return
  const from = current()
  const at = from ? items.indexOf(from) + by : by > 0 ? 0 : items.length - 1
  const next = items[Math.min(Math.max(at, 0), items.length - 1)]
  from?.removeAttribute('data-current')
  next.setAttribute('data-current', '')
  next.querySelector('a, button, input, summary')?.focus({ preventScroll: true })
  next.scrollIntoView({ block: 'center' })
}

function press(key) {
  const selector = `[data-key="${CSS.escape(key)}"]`
  const target = current()?.querySelector(selector) ?? document.querySelector(selector)
  if (!target) return false
  if (target.matches('input:not([type=checkbox]):not([type=radio]), textarea, select')) target.focus()
  else {
    target.click()
    // What opens is stepped into from its heading.
    if (target.matches('summary')) target.focus()
  }
  return true
}

function typing(element) {
  return element.isContentEditable || element.matches('textarea, select, input:not([type=checkbox]):not([type=radio])')
}

document.addEventListener('keydown', (event) => {
  // Out of a field, so that single keys do something again.
  if (event.key === 'Escape' && typing(event.target)) event.target.blur()
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || !allowed()) return
  // The space bar belongs to what is in focus, where that can be pressed.
  if (event.key === ' ' && event.target.matches('button, summary, input')) return
  if (event.key === 'j') step(1)
  else if (event.key === 'k') step(-1)
  else if (event.key === '?') document.querySelector('dialog[data-shortcuts]')?.showModal()
  else if (!press(event.key)) return
  event.preventDefault()
})

// What somebody does on a group's page keeps it in their hands, asked for at most every three minutes.
const lease = document.querySelector('[data-claim]')
let renewed = Date.now()
function renew() {
  if (Date.now() - renewed < 180_000) return
  renewed = Date.now()
  const token = document.querySelector('meta[name=csrf-token]')?.content ?? ''
  fetch(lease.dataset.claim, { method: 'POST', headers: { 'X-CSRFToken': token } }).catch(() => {})
}
if (lease) for (const kind of ['keydown', 'pointerdown', 'scroll']) addEventListener(kind, renew, { passive: true })

for (const box of document.querySelectorAll('[data-shortcuts-toggle]')) {
  box.checked = allowed()
  box.addEventListener('change', () => remember(box.checked))
}
