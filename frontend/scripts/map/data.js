// The map's numbers as ideas/map/rules.py writes them, and a grid that finds what is near.
const GRID = 65535
const CELLS = 128
export const NOTHING = 0xffff
export const WAITS = 0x80

export function read(buffer) {
  const view = new DataView(buffer)
  if (view.getUint32(0) !== 0x4d415031) throw new Error('not a map')
  const length = view.getUint32(4, true)
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)))
  let at = 8 + length
  const take = (Kind) => {
    const part = new Kind(buffer, at, header.n)
    at += part.byteLength
    return part
  }
  const ids = Float64Array.from(take(Float64Array))
  for (let i = 1; i < ids.length; i++) ids[i] += ids[i - 1]
  const principles = take(Uint32Array)
  const [x, y] = [take(Uint16Array), take(Uint16Array)].map((part) => Float32Array.from(part, (v) => v / GRID))
  const [theme, cluster, district, support] = [0, 1, 2, 3].map(() => take(Uint16Array))
  const status = take(Uint8Array)
  const data = { ...header, ids, principles, x, y, theme, cluster, district, support, status }
  data.wide = Math.max(header.width / header.side, 1e-3)
  data.high = Math.max(header.height / header.side, 1e-3)
  data.size = Float32Array.from(support, (v) => 1.7 + 0.55 * Math.sqrt(v))
  // Large dots below, small ones on top.
  data.order = Uint32Array.from(ids, (_, i) => i).sort((a, b) => support[b] - support[a])
  data.grid = gridOf(data)
  return data
}

function gridOf({ n, x, y }) {
  const starts = new Uint32Array(CELLS * CELLS + 1)
  const cells = new Uint16Array(n)
  for (let i = 0; i < n; i++) {
    cells[i] = cell(y[i]) * CELLS + cell(x[i])
    starts[cells[i] + 1]++
  }
  for (let c = 0; c < CELLS * CELLS; c++) starts[c + 1] += starts[c]
  const next = starts.slice()
  const points = new Uint32Array(n)
  for (let i = 0; i < n; i++) points[next[cells[i]]++] = i
  return { starts, points }
}

const cell = (v) => Math.min(CELLS - 1, Math.max(0, Math.floor(v * CELLS)))

// Calls visit(i) for the ideas of all cells that touch a rectangle.
export function within(data, left, top, right, bottom, visit) {
  const { starts, points } = data.grid
  for (let row = cell(top); row <= cell(bottom); row++) {
    for (let c = row * CELLS + cell(left), end = row * CELLS + cell(right); c <= end; c++) {
      for (let k = starts[c]; k < starts[c + 1]; k++) visit(points[k])
    }
  }
}

// The nearest idea for which allowed(i) holds, at most `reach` away; -1 for none.
export function nearest(data, x, y, reach, allowed) {
  let best = -1
  let least = reach * reach
  within(data, x - reach, y - reach, x + reach, y + reach, (i) => {
    const far = (data.x[i] - x) ** 2 + (data.y[i] - y) ** 2
    if (far <= least && allowed(i)) {
      least = far
      best = i
    }
  })
  return best
}

// Ideas inside a closed line [x0, y0, x1, y1, …], by the even-odd rule.
export function inside(data, line, allowed) {
  const found = []
  const xs = line.filter((_, k) => k % 2 === 0)
  const ys = line.filter((_, k) => k % 2)
  const bounds = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
  within(data, ...bounds, (i) => {
    const x = data.x[i]
    const y = data.y[i]
    if (x < bounds[0] || y < bounds[1] || x > bounds[2] || y > bounds[3] || !allowed(i)) return
    let odd = false
    for (let a = 0, b = xs.length - 1; a < xs.length; b = a++) {
      if (ys[a] > y !== ys[b] > y && x < ((xs[b] - xs[a]) * (y - ys[a])) / (ys[b] - ys[a]) + xs[a]) odd = !odd
    }
    if (odd) found.push(i)
  })
  return found
}
