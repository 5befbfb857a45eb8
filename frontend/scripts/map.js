// The map of all ideas: reads its numbers, draws them, and turns what a person points at into a choice of ideas.
import { NOTHING, WAITS, inside, nearest, read, within } from './map/data.js'
import { listen } from './map/input.js'
import { Labels } from './map/labels.js'
import { CHOSEN, DIM, PLAIN, Painter } from './map/paint.js'
import { Titles, Words } from './map/words.js'

const root = document.querySelector('[data-map]')
const still = matchMedia('(prefers-reduced-motion: reduce)')

class IdeaMap {
  constructor(data) {
    this.data = data
    this.canvas = root.querySelector('.map__canvas')
    this.over = root.querySelector('.map__over')
    this.card = root.querySelector('[data-card]')
    this.form = root.querySelector('[data-chosen]')
    this.filters = document.querySelector('[data-map-filters]')
    this.words = new Words(root.querySelector('[data-texts]'), document.documentElement.lang)
    this.titles = new Titles(root.dataset.campaign)
    this.chooses = Boolean(this.form)
    this.tool = 'pan'
    this.view = { x: data.wide / 2, y: data.high / 2, k: 1 }
    this.shade = new Uint8Array(data.n).fill(PLAIN)
    this.chosen = new Uint8Array(data.n)
    this.shown = new Uint8Array(data.n).fill(1)
    this.matched = null
    this.only = new Set()
    this.hovered = -1
    this.focused = -1
    const style = getComputedStyle(root)
    const colour = (name) => style.getPropertyValue(name).trim()
    const hues = Array.from({ length: 12 }, (_, n) => colour(`--hue-${n}`))
    this.ink = colour('--map-ink')
    this.painter = new Painter(this.canvas, [...hues, colour('--hue-none')], colour('--map-paper'), this.ink, colour('--map-faint'))
    this.hues = Uint8Array.from(data.theme, (t) => (t === NOTHING ? 12 : data.themes[t].hue))
    this.labels = new Labels(data, hues, this.ink)
    this.key = `map:${root.dataset.campaign}`
    listen(this, this.canvas)
    this.canvas.addEventListener('focus', () => this.later())
    this.canvas.addEventListener('blur', () => { this.keyed = false; this.unhover() })
    new ResizeObserver(() => this.resize()).observe(this.canvas.parentElement)
    // Whoever goes on at once must not lose what was chosen just before.
    addEventListener('pagehide', () => this.save())
    this.resize(true)
  }

  // Size and drawing

  resize(first = false) {
    const { clientWidth, clientHeight } = this.canvas.parentElement
    if (!clientWidth) return
    this.ratio = Math.min(devicePixelRatio || 1, 2)
    this.width = clientWidth
    this.height = clientHeight
    this.painter.resize(Math.round(clientWidth * this.ratio), Math.round(clientHeight * this.ratio))
    this.over.width = this.canvas.width
    this.over.height = this.canvas.height
    if (first && !this.restore()) this.fit(true)
    this.draw()
  }

  later() {
    this.frame ??= requestAnimationFrame(() => this.draw())
  }

  draw() {
    this.frame = undefined
    const { data, ratio, view } = this
    const zoom = view.k / this.whole()
    // Dots grow more slowly than distances, so that a crowd comes apart as one comes nearer.
    const room = Math.min(1, Math.sqrt(Math.min(this.width, this.height) / 560))
    const scale = ratio * room * Math.min(3, zoom ** 0.45) * Math.min(1.1, Math.max(0.55, Math.sqrt(2500 / data.n)))
    this.scale = scale / ratio
    this.painter.paint(data, { ...view, k: view.k * ratio }, this.hues, this.shade, scale)
    const context = this.over.getContext('2d')
    context.clearRect(0, 0, this.over.width, this.over.height)
    const place = (x, y) => this.pixel(x, y).map((v) => v * ratio)
    this.labels.paint(context, place, this.over.width, this.over.height, ratio, zoom, this.only)
    this.marks(context, place)
  }

  marks(context, place) {
    const { data, ratio, line } = this
    context.lineWidth = 2 * ratio
    if (line) {
      context.beginPath()
      for (let n = 0; n < line.length; n += 2) context.lineTo(...place(line[n], line[n + 1]))
      context.fillStyle = 'rgba(11, 74, 68, 0.12)'
      context.fill()
      context.setLineDash([6 * ratio, 4 * ratio])
      context.strokeStyle = this.ink
      context.stroke()
      context.setLineDash([])
    }
    this.focused = this.nearby(this.width / 2, this.height / 2, Math.max(this.width, this.height))
    const ringed = this.hovered >= 0 ? this.hovered : document.activeElement === this.canvas ? this.focused : -1
    if (ringed < 0) return
    context.beginPath()
    context.arc(...place(data.x[ringed], data.y[ringed]), (data.size[ringed] * this.scale + 5) * ratio, 0, 7)
    context.strokeStyle = '#fff'
    context.lineWidth = 5 * ratio
    context.stroke()
    context.strokeStyle = this.ink
    context.lineWidth = 2.5 * ratio
    context.stroke()
    if (this.keyed && this.hovered < 0) this.tell(ringed)
  }

  whole() {
    return 0.94 * Math.min(this.width / this.data.wide, this.height / this.data.high)
  }

  pixel(x, y) {
    const { view } = this
    return [this.width / 2 + (x - view.x) * view.k, this.height / 2 + (y - view.y) * view.k]
  }

  unit(px, py) {
    const { view } = this
    return [view.x + (px - this.width / 2) / view.k, view.y + (py - this.height / 2) / view.k]
  }

  // Moving

  move(dx, dy) {
    const { view, data } = this
    view.x = Math.min(data.wide, Math.max(0, view.x - dx / view.k))
    view.y = Math.min(data.high, Math.max(0, view.y - dy / view.k))
    this.settle()
    this.later()
  }

  zoom(by, px = this.width / 2, py = this.height / 2) {
    const { view } = this
    const [x, y] = this.unit(px, py)
    const k = Math.min(60 * this.whole(), Math.max(0.7 * this.whole(), view.k * by))
    view.x = x + ((view.x - x) * view.k) / k
    view.y = y + ((view.y - y) * view.k) / k
    view.k = k
    this.move(0, 0)
  }

  glide(by) {
    if (still.matches) return this.zoom(by)
    const steps = 8
    const step = (left) => left && (this.zoom(by ** (1 / steps)), requestAnimationFrame(() => step(left - 1)))
    step(steps)
  }

  fit(first = false) {
    this.view = { x: this.data.wide / 2, y: this.data.high / 2, k: this.whole() }
    if (!first) this.settle()
    this.later()
  }

  // Pointing

  nearby(px, py, reach) {
    return nearest(this.data, ...this.unit(px, py), reach / this.view.k, (i) => this.shown[i])
  }

  hover(px, py) {
    const found = this.nearby(px, py, 12)
    this.canvas.classList.toggle('map__canvas--on', found >= 0)
    if (found === this.hovered) return
    this.keyed = false
    this.hovered = found
    if (found < 0) this.card.hidden = true
    else this.tell(found)
    this.later()
  }

  unhover() {
    this.hovered = -1
    this.card.hidden = true
    this.later()
  }

  tell(i, link = false) {
    const { data } = this
    const around = () => {
      const found = []
      const reach = 40 / this.view.k
      within(data, data.x[i] - reach, data.y[i] - reach, data.x[i] + reach, data.y[i] + reach, (o) => {
        if (found.length < 40 && Math.hypot(data.x[o] - data.x[i], data.y[o] - data.y[i]) < reach) found.push(data.ids[o])
      })
      return found
    }
    const fact = this.titles.get(data.ids[i], around, () => {
      if (i === this.hovered || (this.hovered < 0 && (this.keyed || link))) this.tell(i, link)
    })
    const [x, y] = this.pixel(data.x[i], data.y[i])
    if (!fact || x < 0 || y < 0 || x > this.width || y > this.height) return
    const title = document.createElement(link ? 'a' : 'b')
    title.textContent = fact.title
    if (link) title.href = `/ideas/${data.ids[i]}`
    const facts = document.createElement('span')
    const theme = data.theme[i] === NOTHING ? null : data.themes[data.theme[i]]
    const group = fact.cluster && `${this.words.say('group')}: ${fact.cluster}`
    facts.textContent = [this.words.say('votes', fact.votes), theme && `${theme.number}. ${theme.name}`, group].filter(Boolean).join(' · ')
    this.card.replaceChildren(title, facts)
    this.card.classList.toggle('map__card--link', link)
    this.card.hidden = false
    const wide = this.card.offsetWidth
    const high = this.card.offsetHeight
    const left = Math.min(Math.max(6, x - wide / 2), this.width - wide - 6)
    const top = y > high + 24 ? y - high - 18 : y + 18
    this.card.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`
    if (this.keyed && this.said !== i) {
      this.said = i
      root.querySelector('[data-said]').textContent = `${fact.title}. ${facts.textContent}`
    }
  }

  press(px, py, event) {
    const found = this.nearby(px, py, event.pointerType === 'mouse' ? 12 : 24)
    if (found < 0) return this.unhover()
    if (this.tool === 'lasso' || event.shiftKey || event.altKey) return this.choose([found], event)
    if (event.pointerType === 'mouse') return this.open(found)
    this.hovered = found
    this.tell(found, true)
    this.later()
  }

  open(i) {
    if (i >= 0) location.assign(`/ideas/${this.data.ids[i]}`)
  }

  // Choosing

  beginLine(px, py) {
    this.line = this.unit(px, py)
    this.unhover()
  }

  continueLine(px, py) {
    this.line.push(...this.unit(px, py))
    this.later()
  }

  dropLine() {
    this.line = null
    this.later()
  }

  closeLine(event) {
    const found = inside(this.data, this.line, (i) => this.shown[i])
    this.dropLine()
    this.choose(found, event)
  }

  choose(found, { shiftKey = false, altKey = false } = {}) {
    if (!this.chooses) return
    if (!shiftKey && !altKey) this.chosen.fill(0)
    for (const i of found) this.chosen[i] = altKey ? 0 : 1
    this.refresh()
  }

  chooseOne() {
    if (this.focused < 0 || !this.chooses) return
    this.chosen[this.focused] ^= 1
    this.refresh()
  }

  // What is said of the middle holds for its whole theme, its group, or a third of what is seen around it.
  chooseAround(what) {
    const { data, focused } = this
    if (focused < 0) return
    const same = (labels) => (labels[focused] === NOTHING ? [focused] : this.all((i) => labels[i] === labels[focused]))
    if (what === 'box') {
      const [w, h] = [this.width / 6 / this.view.k, this.height / 6 / this.view.k]
      const [x, y] = [data.x[focused], data.y[focused]]
      this.choose(inside(data, [x - w, y - h, x + w, y - h, x + w, y + h, x - w, y + h], (i) => this.shown[i]))
    } else this.choose(same(what === 'theme' ? data.theme : data.cluster))
  }

  all(wanted) {
    const found = []
    for (let i = 0; i < this.data.n; i++) if (this.shown[i] && wanted(i)) found.push(i)
    return found
  }

  clear() {
    this.chosen.fill(0)
    this.only.clear()
    this.pressLegend()
    this.refresh()
  }

  // Filters

  narrow() {
    const { data } = this
    const value = (name) => this.filters.elements[name]?.value ?? ''
    const principle = data.principles_known.indexOf(value('principle'))
    const district = data.districts.indexOf(value('district'))
    const status = data.statuses.indexOf(value('status'))
    for (let i = 0; i < data.n; i++) {
      this.shown[i] =
        (!value('principle') || (principle >= 0 && data.principles[i] & (1 << principle))) &&
        (!value('district') || (district >= 0 && data.district[i] === district)) &&
        (!value('status') || (data.status[i] & ~WAITS) === status) &&
        (!this.only.size || this.only.has(data.theme[i])) &&
        (!this.matched || this.matched.has(data.ids[i]))
          ? 1
          : 0
    }
    this.refresh()
  }

  async find() {
    const q = this.filters.elements.q.value.trim()
    if (!q) this.matched = null
    else {
      try {
        const answer = await fetch(`/api/map/matches?campaign=${encodeURIComponent(root.dataset.campaign)}&q=${encodeURIComponent(q)}`)
        if (!answer.ok || q !== this.filters.elements.q.value.trim()) return
        this.matched = new Set(await answer.json())
      } catch {
        return
      }
    }
    this.narrow()
    if (this.matched) root.querySelector('[data-said]').textContent = this.words.say('found', this.matched.size)
  }

  pressLegend() {
    for (const entry of root.querySelectorAll('[data-theme]')) {
      const index = this.data.themes.findIndex((t) => String(t.id) === entry.dataset.theme)
      entry.setAttribute('aria-pressed', String(this.only.has(index)))
    }
  }

  toggle(theme) {
    const index = this.data.themes.findIndex((t) => String(t.id) === theme)
    if (!this.only.delete(index)) this.only.add(index)
    this.pressLegend()
    this.narrow()
  }

  refresh() {
    const { data, chosen, shown, form } = this
    let count = 0
    let waiting = 0
    const themes = new Map()
    for (let i = 0; i < data.n; i++) {
      this.shade[i] = chosen[i] ? CHOSEN : shown[i] ? PLAIN : DIM
      if (!chosen[i]) continue
      count++
      if (data.status[i] & WAITS) waiting++
      themes.set(data.theme[i], (themes.get(data.theme[i]) ?? 0) + 1)
    }
    if (form) {
      form.hidden = !count
      const text = `${this.words.say('chosen', count)}, ${this.words.say('waiting', waiting)}`
      if (count) {
        form.querySelector('[data-count]').textContent = text
        // Said once: what a search has found must not be talked over when the dots are drawn again.
        if (text !== this.announced) root.querySelector('[data-said]').textContent = text
      }
      this.announced = count ? text : ''
      const named = [...themes].filter(([t]) => t !== NOTHING).sort((a, b) => b[1] - a[1]).slice(0, 4)
      form.querySelector('[data-themes]').textContent = named.map(([t, n]) => `${data.themes[t].name}: ${n}`).join(' · ')
    }
    this.settle()
    this.later()
  }

  // What one comes back to from an idea's page.

  settle() {
    clearTimeout(this.saving)
    this.saving = setTimeout(() => this.save(), 200)
  }

  save() {
    clearTimeout(this.saving)
    const chosen = this.all((i) => this.chosen[i]).map((i) => this.data.ids[i])
    try {
      sessionStorage.setItem(this.key, JSON.stringify({ view: this.view, chosen }))
    } catch {
      // Storage may be forbidden or full; then one comes back to the whole map.
    }
  }

  restore() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.key))
      if (!kept || !(kept.view.k > 0)) return false
      this.view = kept.view
      const ids = new Set(kept.chosen)
      for (let i = 0; i < this.data.n; i++) this.chosen[i] = ids.has(this.data.ids[i]) && this.chooses ? 1 : 0
      return true
    } catch {
      return false
    }
  }
}

function connect(map) {
  const tools = {
    in: () => map.glide(1.5),
    out: () => map.glide(1 / 1.5),
    fit: () => map.fit(),
    clear: () => map.clear(),
    theme: () => map.chooseAround('theme'),
    group: () => map.chooseAround('group'),
    box: () => map.chooseAround('box'),
  }
  for (const button of root.querySelectorAll('[data-do]')) {
    const name = button.dataset.do
    button.addEventListener('click', () => {
      if (tools[name]) return tools[name]()
      map.tool = name
      map.canvas.classList.toggle('map__canvas--lasso', name === 'lasso')
      for (const one of root.querySelectorAll('[data-do=pan], [data-do=lasso]')) {
        one.setAttribute('aria-pressed', String(one === button))
      }
    })
  }
  for (const entry of root.querySelectorAll('[data-theme]')) entry.addEventListener('click', () => map.toggle(entry.dataset.theme))
  let typing
  map.filters.addEventListener('input', (event) => {
    clearTimeout(typing)
    if (event.target.name === 'q') typing = setTimeout(() => map.find(), 250)
    else map.narrow()
  })
  map.form?.addEventListener('submit', () => {
    const ids = []
    for (let i = 0; i < map.data.n; i++) if (map.chosen[i]) ids.push(map.data.ids[i])
    map.form.elements.ids.value = ids.join(' ')
  })
  map.narrow()
  if (map.filters.elements.q.value) map.find()
}

async function begin() {
  root.hidden = false
  const loading = root.querySelector('[data-loading]')
  let words
  try {
    words = new Words(root.querySelector('[data-texts]'), document.documentElement.lang)
    const answer = await fetch(root.dataset.map)
    if (!answer.ok) throw new Error(String(answer.status))
    const data = read(await answer.arrayBuffer())
    if (!data.n) {
      loading.textContent = words.say('empty')
      return
    }
    connect(new IdeaMap(data))
    loading.hidden = true
    root.dataset.ready = String(data.n)
  } catch {
    loading.textContent = words.say('failed')
  }
}

if (root) begin()
