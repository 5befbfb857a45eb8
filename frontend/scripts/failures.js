// A request that failed behind the page is told in the flash region, in the server's words where it gave any.
export function reportFailures() {
  const { failed, offline } = document.body.dataset
  document.addEventListener('htmx:sendError', () => say(offline))
  document.addEventListener('htmx:responseError', (event) => {
    say(detailOf(event.detail.xhr) ?? failed)
  })
}

function detailOf(xhr) {
  if (!/json/.test(xhr.getResponseHeader('content-type') ?? '')) return undefined
  try {
    return JSON.parse(xhr.responseText).detail
  } catch {
    return undefined
  }
}

export function say(text, kind = 'error') {
  const line = document.createElement('p')
  line.className = `flash__item flash__item--${kind}`
  line.textContent = text
  document.getElementById('flash')?.replaceChildren(line)
}
