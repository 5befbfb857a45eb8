// Draws dots straight into the canvas's pixels: 20,000 of them take a few milliseconds with or without a graphics card.
const QUARTER = 4
export const DIM = 0
export const PLAIN = 1
export const CHOSEN = 2

export class Painter {
  constructor(canvas, hues, paper, ink, faint) {
    this.canvas = canvas
    this.context = canvas.getContext('2d', { alpha: false })
    this.hues = Uint32Array.from(hues, packed)
    this.paper = packed(paper)
    this.ink = packed(ink)
    this.faint = packed(faint)
    this.stamps = new Map()
  }

  resize(width, height) {
    this.canvas.width = width
    this.canvas.height = height
    this.image = this.context.createImageData(width, height)
    this.pixels = new Uint32Array(this.image.data.buffer)
    this.stamps.clear()
  }

  // colours: the hue of each idea; shade: DIM, PLAIN or CHOSEN; view: {x, y in the middle, k pixels a unit}.
  paint(data, view, colours, shade, scale) {
    this.pixels.fill(this.paper)
    const { width, height } = this.canvas
    const left = width / 2 - view.x * view.k
    const top = height / 2 - view.y * view.k
    const { x, y, size, order } = data
    for (const pass of [DIM, PLAIN, CHOSEN]) {
      for (let n = 0; n < order.length; n++) {
        const i = order[n]
        if (shade[i] !== pass) continue
        const px = left + x[i] * view.k
        const py = top + y[i] * view.k
        const r = Math.min(size[i] * scale, 40)
        if (px < -r || py < -r || px > width + r || py > height + r) continue
        if (pass === DIM) {
          this.dot(px, py, r * 0.8, this.faint)
          continue
        }
        if (pass === CHOSEN) this.dot(px, py, r + 2.6, this.ink)
        if (pass === CHOSEN || r > 2.4) this.dot(px, py, r + 0.9, 0xffffffff)
        this.dot(px, py, r, this.hues[colours[i]])
      }
    }
    this.context.putImageData(this.image, 0, 0)
  }

  dot(px, py, r, colour) {
    const x = Math.floor(px)
    const y = Math.floor(py)
    const stamp = this.stamp(Math.max(1, Math.round(r * QUARTER)), px - x >= 0.5 ? 1 : 0, py - y >= 0.5 ? 1 : 0)
    const { width, height } = this.canvas
    const { reach, count, dx, dy, shift, cover } = stamp
    const { pixels } = this
    const whole = x >= reach && y >= reach && x < width - reach - 1 && y < height - reach - 1
    const at = y * width + x
    const red = colour & 0xff00ff
    const green = colour & 0xff00
    for (let k = 0; k < count; k++) {
      if (!whole) {
        const cx = x + dx[k]
        const cy = y + dy[k]
        if (cx < 0 || cy < 0 || cx >= width || cy >= height) continue
      }
      const a = cover[k]
      const p = at + shift[k]
      if (a === 256) {
        pixels[p] = colour
        continue
      }
      const old = pixels[p]
      const b = 256 - a
      pixels[p] =
        0xff000000 |
        (((Math.imul(red, a) + Math.imul(old & 0xff00ff, b)) >>> 8) & 0xff00ff) |
        (((Math.imul(green, a) + Math.imul(old & 0xff00, b)) >>> 8) & 0xff00)
    }
  }

  // A disc of radius r/4 whose middle is a quarter or three quarters into its pixel: which pixels it covers, how much.
  stamp(r, fx, fy) {
    const key = r * 4 + fx * 2 + fy
    const known = this.stamps.get(key)
    if (known) return known
    const radius = r / QUARTER
    const reach = Math.ceil(radius) + 1
    const [dx, dy, shift, cover] = [[], [], [], []]
    for (let v = -reach; v <= reach; v++) {
      for (let u = -reach; u <= reach; u++) {
        const far = Math.hypot(u + 0.5 - (0.25 + fx / 2), v + 0.5 - (0.25 + fy / 2))
        const part = Math.min(1, Math.max(0, radius + 0.5 - far))
        if (part < 0.02) continue
        dx.push(u)
        dy.push(v)
        shift.push(v * this.canvas.width + u)
        cover.push(Math.round(part * 256))
      }
    }
    const made = {
      reach,
      count: dx.length,
      dx: Int16Array.from(dx),
      dy: Int16Array.from(dy),
      shift: Int32Array.from(shift),
      cover: Uint16Array.from(cover),
    }
    this.stamps.set(key, made)
    return made
  }
}

// "#rrggbb" as the pixel of a little-endian image.
function packed(colour) {
  const v = parseInt(colour.trim().slice(1), 16)
  return (0xff000000 | ((v & 0xff) << 16) | (v & 0xff00) | (v >> 16)) >>> 0
}
