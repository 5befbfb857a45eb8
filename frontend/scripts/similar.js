// As-you-type hints for a new idea: the region [data-similar] asks the server 200 ms after the last key.
const PAUSE = 200
const LEAST = 8

export function suggestSimilar(scope, htmx) {
  const region = scope.querySelector?.('[data-similar]')
  const form = region && document.getElementById(region.dataset.similar)
  if (!form) return
  let timer
  let asked = ''
  form.addEventListener('input', (event) => {
    if (!['title', 'text'].includes(event.target.name)) return
    clearTimeout(timer)
    timer = setTimeout(() => {
      const words = `${form.elements.title.value} ${form.elements.text.value}`.trim()
      if (words.length < LEAST || words === asked) return
      asked = words
      htmx.trigger(region, 'look')
    }, PAUSE)
  })
}
