// Keeps the keyboard's place when "show more" puts the next items where the pressed link was.
export function keepFocus() {
  document.addEventListener('htmx:beforeSwap', (event) => {
    const place = event.detail.target
    if (place?.matches?.('.more') && place.contains(document.activeElement)) place.dataset.hadFocus = ''
  })
  document.addEventListener('htmx:afterSwap', (event) => {
    const place = event.detail.target
    if (!place?.dataset || !('hadFocus' in place.dataset)) return
    delete place.dataset.hadFocus
    event.target.querySelector?.('a')?.focus({ preventScroll: true })
  })
}
