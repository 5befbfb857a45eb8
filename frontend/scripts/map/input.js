// Pointer, wheel and keys on the map, as calls of its methods.
const CLICK = 5
const STEP = 60

export function listen(map, canvas) {
  const pointers = new Map()
  let moved = 0
  let pinch = 0

  const spot = (event) => {
    const box = canvas.getBoundingClientRect()
    return [event.clientX - box.left, event.clientY - box.top]
  }
  const spread = () => {
    const [a, b] = [...pointers.values()]
    return { far: Math.hypot(a[0] - b[0], a[1] - b[1]), middle: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] }
  }

  canvas.addEventListener('pointerdown', (event) => {
    if (event.button > 0) return
    canvas.setPointerCapture(event.pointerId)
    pointers.set(event.pointerId, spot(event))
    moved = 0
    if (pointers.size === 2) {
      map.dropLine()
      pinch = spread().far
    } else if (pointers.size === 1 && (map.tool === 'lasso' || (event.shiftKey && map.chooses))) {
      map.beginLine(...spot(event))
    }
  })

  canvas.addEventListener('pointermove', (event) => {
    const [x, y] = spot(event)
    const before = pointers.get(event.pointerId)
    if (!before) {
      if (event.pointerType === 'mouse') map.hover(x, y)
      return
    }
    moved += Math.hypot(x - before[0], y - before[1])
    if (pointers.size === 2) {
      const from = spread()
      pointers.set(event.pointerId, [x, y])
      const to = spread()
      map.move(to.middle[0] - from.middle[0], to.middle[1] - from.middle[1])
      if (pinch > 0) map.zoom(to.far / pinch, ...to.middle)
      pinch = to.far
      return
    }
    pointers.set(event.pointerId, [x, y])
    if (map.line) map.continueLine(x, y)
    else if (moved > CLICK) {
      if (map.hovered >= 0) map.unhover()
      map.move(x - before[0], y - before[1])
    }
  })

  const end = (event) => {
    if (!pointers.delete(event.pointerId)) return
    if (event.type === 'pointercancel') map.dropLine()
    else if (map.line && moved > CLICK) map.closeLine(event)
    else {
      map.dropLine()
      if (moved <= CLICK && !pointers.size) map.press(...spot(event), event)
    }
    if (!pointers.size) map.settle()
  }
  canvas.addEventListener('pointerup', end)
  canvas.addEventListener('pointercancel', end)
  canvas.addEventListener('pointerleave', (event) => event.pointerType === 'mouse' && !pointers.size && map.unhover())

  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault()
      const lines = event.deltaMode === 1 ? 16 : 1
      map.zoom(Math.exp(Math.max(-240, Math.min(240, -event.deltaY * lines)) * 0.0018), ...spot(event))
    },
    { passive: false },
  )

  const keys = {
    ArrowLeft: () => map.move(STEP, 0),
    ArrowRight: () => map.move(-STEP, 0),
    ArrowUp: () => map.move(0, STEP),
    ArrowDown: () => map.move(0, -STEP),
    '+': () => map.glide(1.5),
    '=': () => map.glide(1.5),
    '-': () => map.glide(1 / 1.5),
    0: () => map.fit(),
    Enter: () => map.open(map.focused),
    Escape: () => map.clear(),
    ' ': () => map.chooseOne(),
    t: () => map.chooseAround('theme'),
    g: () => map.chooseAround('group'),
    r: () => map.chooseAround('box'),
  }
  canvas.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return
    event.preventDefault()
    map.keyed = true
    map.unhover()
    keys[event.key]()
    map.settle()
  })
}
