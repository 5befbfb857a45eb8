// Only the components that pages use: the package's index would bring all of them.
export { CharacterCount } from 'govuk-frontend/dist/govuk/components/character-count/character-count.mjs'
export { ErrorSummary } from 'govuk-frontend/dist/govuk/components/error-summary/error-summary.mjs'
export { PasswordInput } from 'govuk-frontend/dist/govuk/components/password-input/password-input.mjs'
export { createAll } from 'govuk-frontend/dist/govuk/init.mjs'
