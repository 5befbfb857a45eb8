// Ninety-odd centres are too many to scroll: the select gets a field with suggestions in front of it, and stays
// the form's own control, so that the server sees the same names either way.
export function enhanceOfficePickers(scope) {
  for (const group of scope.querySelectorAll('[data-office-picker]')) {
    if (!group.querySelector('datalist')) enhance(group)
  }
}

function enhance(group) {
  const select = group.querySelector('select')
  const choices = [...select.options].filter((option) => option.value)
  const list = document.createElement('datalist')
  list.id = `${select.id}-list`
  for (const choice of choices) {
    const option = document.createElement('option')
    option.value = nameOf(choice)
    list.append(option)
  }

  const field = document.createElement('input')
  field.className = 'govuk-input'
  field.type = 'text'
  field.autocomplete = 'off'
  field.placeholder = select.options[0].text
  field.value = select.value ? nameOf(select.selectedOptions[0]) : ''
  field.setAttribute('list', list.id)
  const described = select.getAttribute('aria-describedby')
  if (described) field.setAttribute('aria-describedby', described)

  // The label and the error summary's link point to the id, so the field takes it over.
  field.id = select.id
  select.id = `${field.id}-select`
  select.hidden = true
  select.tabIndex = -1
  field.addEventListener('input', () => {
    const typed = field.value.trim().toLowerCase()
    const found = choices.find((choice) => nameOf(choice).toLowerCase() === typed)
    select.value = found ? found.value : ''
    field.setCustomValidity(typed && !found ? group.dataset.noMatch : '')
  })
  select.after(field, list)
}

function nameOf(option) {
  const district = option.parentElement.label
  return district && !option.text.includes(district) ? `${option.text}, ${district}` : option.text
}
