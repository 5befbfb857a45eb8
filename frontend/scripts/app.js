import htmx from 'htmx.org/dist/htmx.esm.js'
import { CharacterCount, ErrorSummary, PasswordInput, createAll } from './govuk.js'
import { sendToken } from './csrf.js'
import { keepDrafts } from './draft.js'
import { reportFailures } from './failures.js'
import { keepFocus } from './focus.js'
import { closeMenus } from './menu.js'
import { enhanceOfficePickers } from './office.js'
import { shrinkPhotos } from './photo.js'
import { suggestSimilar } from './similar.js'
import { guardSubmits } from './submit.js'

document.body.classList.add('js-enabled', 'govuk-frontend-supported')

sendToken()
reportFailures()
keepFocus()
closeMenus()
guardSubmits()

function enhance(scope) {
  for (const Component of [CharacterCount, ErrorSummary, PasswordInput]) createAll(Component, {}, scope)
  enhanceOfficePickers(scope)
  suggestSimilar(scope, htmx)
  shrinkPhotos(scope)
}

enhance(document)
keepDrafts(htmx)
document.addEventListener('htmx:load', (event) => {
  if (event.target !== document.body) enhance(event.target)
})
