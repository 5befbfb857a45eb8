// Names on the map: themes with their numbers, then groups, the larger first, none over another.
import { NOTHING } from './data.js'

const WRAP = 24
const MOST_GROUPS = 40

export class Labels {
  constructor(data, colours, ink) {
    this.ink = ink
    this.colours = colours
    this.known = new Map()
    this.themes = middles(data, data.theme, data.themes.length)
      .map((m, n) => ({ ...m, ...data.themes[n], key: `t${n}`, index: n }))
      .filter((t) => t.count)
      .sort((a, b) => b.count - a.count)
    this.groups = middles(data, data.cluster, data.clusters.length)
      .map((m, n) => ({ ...m, name: data.clusters[n][1], key: `c${n}` }))
      .filter((c) => c.count > 2 && c.name)
      .sort((a, b) => b.count - a.count)
  }

  // place(x, y) gives pixels; zoom is 1 where all is shown; only: themes that are shown alone, or nothing.
  paint(context, place, width, height, ratio, zoom, only) {
    const taken = []
    const free = (box) => !taken.some((t) => box[0] < t[2] && t[0] < box[2] && box[1] < t[3] && t[1] < box[3])
    const inward = (x, w) => (w < width ? Math.min(Math.max(x, w / 2), width - w / 2) : x)
    const put = (item, picture, below = picture.height / -2) => {
      const w = picture.width
      const h = picture.height
      const [px, y] = place(item.x, item.y)
      const x = inward(px, w)
      const box = [x - w / 2, y + below, x + w / 2, y + below + h]
      if (box[2] < 0 || box[3] < 0 || box[0] > width || box[1] > height || !free(box)) return false
      taken.push(box)
      context.drawImage(picture, Math.round(box[0]), Math.round(box[1]))
      return true
    }
    const themes = only.size ? this.themes.filter((t) => only.has(t.index)) : this.themes
    for (const t of themes) {
      // The number stands on the middle, the name below it where there is room.
      const name = this.picture(t.key, ratio, t.name, t)
      const small = this.picture(`${t.key}n`, ratio, '', t)
      const [px, y] = place(t.x, t.y)
      if (px < 0 || y < 0 || px > width || y > height) continue
      const x = inward(px, name.width)
      const box = [x - name.width / 2, y - small.height / 2, x + name.width / 2, y - small.height / 2 + name.height]
      // The number stays on the middle: a name that would have to leave it waits until one comes nearer.
      if (free(box) && Math.abs(x - px) < 12 * ratio) {
        taken.push(box)
        context.drawImage(name, Math.round(box[0]), Math.round(box[1]))
      } else put(t, small)
    }
    let left = Math.min(MOST_GROUPS, Math.round(4 * zoom))
    for (const c of this.groups) {
      if (!left) break
      const [x, y] = place(c.x, c.y)
      if (x < 0 || y < 0 || x > width || y > height) continue
      if (put(c, this.picture(c.key, ratio, c.name, null), 10 * ratio)) left--
    }
  }

  // A name drawn once: dark letters in a light edge; a theme's stand below its number in its colour.
  picture(key, ratio, text, theme) {
    const known = this.known.get(key)
    if (known) return known
    const size = (theme ? 14 : 12) * ratio
    const font = `${theme ? '700' : '500'} ${size}px system-ui, sans-serif`
    const canvas = document.createElement('canvas')
    const context = canvas.getContext('2d')
    context.font = font
    const lines = text ? wrapped(text) : []
    const badge = theme ? 21 * ratio : 0
    const wide = Math.max(badge, ...lines.map((line) => context.measureText(line).width))
    canvas.width = Math.ceil(wide + 8 * ratio)
    canvas.height = Math.ceil(badge + lines.length * size * 1.2 + 5 * ratio)
    context.font = font
    context.textAlign = 'center'
    context.textBaseline = 'middle'
    context.lineJoin = 'round'
    context.lineWidth = 3.5 * ratio
    context.strokeStyle = 'rgba(255, 255, 255, 0.92)'
    const middle = canvas.width / 2
    if (theme) {
      context.beginPath()
      context.arc(middle, badge / 2 + ratio, badge / 2 - ratio, 0, 7)
      context.fillStyle = this.ink
      context.fill()
      context.lineWidth = 2 * ratio
      context.strokeStyle = this.colours[theme.hue]
      context.stroke()
      context.fillStyle = '#fff'
      context.font = `700 ${(theme.number > 99 ? 9 : 12) * ratio}px system-ui, sans-serif`
      context.fillText(String(theme.number), middle, badge / 2 + 1.5 * ratio)
      context.font = font
      context.lineWidth = 3.5 * ratio
      context.strokeStyle = 'rgba(255, 255, 255, 0.92)'
    }
    context.fillStyle = this.ink
    lines.forEach((line, n) => {
      const y = badge + 2 * ratio + size * 1.2 * (n + 0.5)
      context.strokeText(line, middle, y)
      context.fillText(line, middle, y)
    })
    this.known.set(key, canvas)
    return canvas
  }
}

// The middle of each label's ideas: the median, which a part far away does not move.
function middles(data, labels, count) {
  const members = Array.from({ length: count }, () => [])
  for (let i = 0; i < data.n; i++) if (labels[i] !== NOTHING) members[labels[i]].push(i)
  const median = (part, values) => {
    const sorted = Float32Array.from(part, (i) => values[i]).sort()
    return sorted.length ? sorted[sorted.length >> 1] : 0
  }
  return members.map((part) => ({ count: part.length, x: median(part, data.x), y: median(part, data.y) }))
}

function wrapped(text) {
  const lines = ['']
  for (const word of text.split(' ')) {
    const last = lines.length - 1
    if (lines[last] && lines[last].length + word.length >= WRAP) lines.push(word)
    else lines[last] += (lines[last] && ' ') + word
  }
  if (lines.length > 2) lines[1] += '…'
  return lines.slice(0, 2)
}
