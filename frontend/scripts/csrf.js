// htmx requests prove themselves with the page's token, as forms do with their hidden field.
export function sendToken() {
  const token = document.querySelector('meta[name="csrf-token"]')?.content
  if (!token) return
  document.addEventListener('htmx:configRequest', (event) => {
    event.detail.headers['x-csrftoken'] = token
  })
}
