// What the page's template says to the script, with plurals, and titles of ideas as they are asked for.
export class Words {
  constructor(template, lang) {
    this.texts = {}
    this.rules = new Intl.PluralRules(lang)
    this.format = new Intl.NumberFormat(lang)
    for (const term of template.content.querySelectorAll('dt')) this.texts[term.textContent] = term.nextElementSibling
  }

  say(name, count) {
    const text = this.texts[name]
    if (count === undefined) return text.textContent
    const rule = this.rules.select(count)
    return (text.dataset[rule] ?? text.dataset[rule === 'other' ? 'few' : 'many']).replace('#', this.format.format(count))
  }
}

export class Titles {
  constructor(campaign) {
    this.campaign = campaign
    this.known = new Map()
    this.wanted = new Set()
  }

  // The title's facts if they are here; else they are fetched, with those of `others`, and then() is called.
  get(id, others, then) {
    if (this.known.has(id)) return this.known.get(id)
    for (const one of [id, ...others()]) if (!this.known.has(one) && this.wanted.size < 60) this.wanted.add(one)
    this.then = then
    this.timer ??= setTimeout(() => this.fetch(), 50)
    return null
  }

  async fetch() {
    const ids = [...this.wanted]
    this.wanted.clear()
    this.timer = undefined
    try {
      const answer = await fetch(`/api/map/titles?campaign=${encodeURIComponent(this.campaign)}&ids=${ids.join(',')}`)
      if (!answer.ok) return
      const found = await answer.json()
      for (const id of ids) this.known.set(id, found[id] ?? { title: `№ ${id}`, votes: 0, cluster: null })
      this.then?.()
    } catch {
      // Without a connection the dots stay without titles.
    }
  }
}
