// Draws the tables of a dashboard. The table is the page; the picture is added above it.
import { BarChart, HeatmapChart, LineChart } from 'echarts/charts'
import { AriaComponent, GridComponent, LegendPlainComponent, TooltipComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'

use([
  BarChart, HeatmapChart, LineChart, AriaComponent, GridComponent, LegendPlainComponent, TooltipComponent, SVGRenderer,
])

// Told apart by how dark they are, so that they can be told apart in grey, too; lines differ in dashes and marks besides.
const COLOURS = ['#0b3733', '#e39a00', '#3f8f84', '#b3261e', '#8a9694']
const DASHES = ['solid', 'dashed', 'dotted', [10, 3, 2, 3], [4, 4]]
const MARKS = ['circle', 'rect', 'triangle', 'diamond', 'roundRect']
const INK = '#1d2b2a'
// No name with spaces: its quotes would break the attributes of the saved picture.
const FONT = { fontFamily: 'system-ui, Roboto, Arial, sans-serif', color: INK, fontSize: 13 }
const lang = document.documentElement.lang
const number = new Intl.NumberFormat(lang, { maximumFractionDigits: 1 })

/** The head and the cells of a section's table: {columns: [{label, at, unit}], rows: [{name, values}]}. */
function read(section) {
  const table = section.querySelector('table')
  const columns = [...table.tHead.rows[0].cells]
    .map((cell, at) => ({ label: cell.textContent.trim(), at, unit: cell.dataset.drawn }))
    .filter((column) => column.unit)
  const most = Number(section.dataset.most) || Infinity
  const rows = [...table.tBodies[0].rows].slice(0, most).map((row) => ({
    name: row.cells[0].textContent.trim(),
    values: columns.map((c) => (row.cells[c.at].dataset.value === undefined ? null : Number(row.cells[c.at].dataset.value))),
  }))
  return { columns, rows }
}

const common = (section, description) => ({
  animation: false,
  textStyle: FONT,
  backgroundColor: '#fff',
  aria: { enabled: true, label: { description }, decal: { show: section.dataset.chart === 'bar' } },
  color: COLOURS,
  tooltip: { renderMode: 'richText', confine: true, textStyle: FONT, valueFormatter: (v) => (v === null ? '—' : number.format(v)) },
})
const legend = (columns) => ({ data: columns.map((c) => c.label), top: 8, type: 'plain', textStyle: FONT, itemWidth: 34 })
const long = (text, most) => (text.length > most ? text.slice(0, most - 1) + '…' : text)

/** How many characters of whole words all names begin with: on a phone only what differs is written. */
function shared(names) {
  if (names.length < 2) return 0
  let at = 0
  while (at < names[0].length && names.every((name) => name[at] === names[0][at])) at += 1
  return names[0].lastIndexOf(' ', at - 1) + 1
}


function line(section, { columns, rows }, description) {
  return {
    ...common(section, description),
    tooltip: { ...common(section, description).tooltip, trigger: 'axis' },
    legend: legend(columns),
    grid: { left: 12, right: 24, top: 84, bottom: 12, containLabel: true },
    xAxis: { type: 'category', data: rows.map((r) => r.name), axisLabel: { ...FONT, hideOverlap: true } },
    yAxis: { type: 'value', axisLabel: { ...FONT, formatter: (v) => number.format(v) } },
    series: columns.map((c, n) => ({
      name: c.label, type: 'line', data: rows.map((r) => r.values[n]), symbol: MARKS[n], symbolSize: 7,
      lineStyle: { width: 2.5, type: DASHES[n] }, showSymbol: rows.length < 60,
    })),
  }
}

function bars(section, { columns, rows }, description, wide) {
  const skip = wide ? 0 : shared(rows.map((r) => r.name))
  return {
    ...common(section, description),
    tooltip: { ...common(section, description).tooltip, trigger: 'axis', axisPointer: { type: 'shadow' } },
    legend: columns.length > 1 ? legend(columns) : undefined,
    grid: { left: 12, right: 48, top: columns.length > 1 ? (wide ? 48 : 72) : 12, bottom: 12, containLabel: true },
    yAxis: { type: 'category', inverse: true, data: rows.map((r) => r.name), axisLabel: { ...FONT, formatter: (t) => long(t.slice(skip), wide ? 42 : 20) } },
    xAxis: { type: 'value', splitNumber: wide ? 5 : 2, axisLabel: { ...FONT, hideOverlap: true, formatter: (v) => number.format(v) } },
    series: columns.map((c, n) => ({
      name: c.label, type: 'bar', data: rows.map((r) => r.values[n]), barMaxWidth: 22,
      itemStyle: { borderColor: INK, borderWidth: 0.5 },
      label: { show: rows.length * columns.length <= 48, position: 'right', ...FONT, fontSize: 12, formatter: (p) => (p.value === null ? '' : number.format(p.value)) },
    })),
  }
}

/** Quartiles: an invisible bar up to the first, a bar to the median, another to the third. */
function range(section, { columns, rows }, description, wide) {
  const part = (from, to) => rows.map((r) => (r.values[to] === null ? null : r.values[to] - (from === null ? 0 : r.values[from])))
  const option = bars(section, { columns, rows }, description, wide)
  return {
    ...option,
    // What is drawn are differences; the numbers stand in the table.
    tooltip: { show: false },
    legend: { ...legend([]), data: [`${columns[0].label} – ${columns[1].label}`, `${columns[1].label} – ${columns[2].label}`] },
    grid: { ...option.grid, top: wide ? 48 : 96 },
    series: [
      { type: 'bar', stack: 'q', data: part(null, 0), itemStyle: { color: 'transparent', decal: { symbol: 'none' } }, barMaxWidth: 22 },
      { name: `${columns[0].label} – ${columns[1].label}`, type: 'bar', stack: 'q', data: part(0, 1), itemStyle: { color: COLOURS[2], borderColor: INK } },
      { name: `${columns[1].label} – ${columns[2].label}`, type: 'bar', stack: 'q', data: part(1, 2), itemStyle: { color: COLOURS[1], borderColor: INK } },
    ],
  }
}

// One hue from light to dark: the same steps in grey.
const STEPS = ['#eef4f3', '#c3dad5', '#86b8ae', '#3f8f84', '#0b3733']

/** Five steps of equal width, each a series of its own, so that the legend says what they are. */
function heat(section, { columns, rows }, description, wide) {
  const skip = wide ? 0 : shared(rows.map((r) => r.name))
  const cells = rows.flatMap((r, y) => r.values.map((v, x) => [x, y, v]))
  const step = Math.max(5, Math.ceil(Math.max(...cells.map((c) => c[2])) / STEPS.length))
  const names = STEPS.map((_, n) => `${n * step}–${(n + 1) * step} %`)
  const of = (v) => Math.min(STEPS.length - 1, Math.floor(v / step))
  return {
    ...common(section, description),
    color: STEPS,
    tooltip: {
      ...common(section, description).tooltip,
      formatter: (p) => `${rows[p.value[1]].name}\n${columns[p.value[0]].label}: ${number.format(p.value[2])} %`,
    },
    legend: { ...legend([]), data: names, selectedMode: false, itemWidth: 20, itemStyle: { borderColor: INK, borderWidth: 0.5 } },
    grid: { left: 12, right: 12, top: wide ? 48 : 76, bottom: 12, containLabel: true },
    xAxis: { type: 'category', position: 'top', data: columns.map((c) => c.label), axisLabel: { ...FONT, fontSize: 12, interval: 0, rotate: wide ? 25 : 60, formatter: (t) => long(t, wide ? 26 : 16) } },
    yAxis: { type: 'category', inverse: true, data: rows.map((r) => r.name), axisLabel: { ...FONT, fontSize: 12, interval: 0, formatter: (t) => long(t.slice(skip), wide ? 42 : 16) } },
    series: names.map((name, n) => ({
      name, type: 'heatmap', data: cells.filter((c) => of(c[2]) === n), itemStyle: { color: STEPS[n], borderColor: '#fff', borderWidth: 1 },
      label: { show: wide, fontSize: 11, color: n > 2 ? '#fff' : INK, formatter: (p) => number.format(Math.round(p.value[2])) },
    })),
  }
}

const KINDS = { line, bar: bars, range, heat }

function height(kind, { columns, rows }) {
  if (kind === 'line') return 380
  if (kind === 'heat') return 190 + rows.length * 24
  return 110 + rows.length * (kind === 'bar' ? Math.max(30, 18 * columns.length) : 34)
}

function save(blob, name) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1000)
}

/** The picture by itself, at a fixed size, as it stands in documents. */
function vector(option, tall) {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 1200, height: tall })
  chart.setOption(option)
  const text = chart.renderToSVGString()
  chart.dispose()
  return text
}

async function picture(kind, option, tall) {
  const text = vector(option, tall)
  if (kind === 'svg') return new Blob([text], { type: 'image/svg+xml' })
  const image = new Image()
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = 2400
  canvas.height = 2 * tall
  const pen = canvas.getContext('2d')
  pen.fillStyle = '#fff'
  pen.fillRect(0, 0, canvas.width, canvas.height)
  pen.drawImage(image, 0, 0, canvas.width, canvas.height)
  return new Promise((done) => canvas.toBlob(done, 'image/png'))
}

function button(label, title, act) {
  const made = document.createElement('button')
  made.type = 'button'
  made.className = 'button button--secondary button--small'
  made.textContent = label
  const hidden = document.createElement('span')
  hidden.className = 'govuk-visually-hidden'
  hidden.textContent = `: ${title}`
  made.append(hidden)
  made.addEventListener('click', act)
  return made
}

for (const section of document.querySelectorAll('[data-chart]')) {
  if (!section.querySelector('table')) continue
  const data = read(section)
  if (!data.columns.length || !data.rows.length) continue
  const title = section.querySelector('h2').textContent.trim()
  const description = `${title}. ${section.querySelector('.chart__about').textContent.trim()}`
  const make = KINDS[section.dataset.chart]
  const option = (wide) => make(section, data, description, wide)
  const tall = height(section.dataset.chart, data)
  const box = document.createElement('div')
  box.className = 'chart__picture'
  box.style.height = `${tall}px`
  box.setAttribute('role', 'img')
  section.querySelector('.table-wrap').before(box)
  section.querySelector('.chart__first')?.removeAttribute('hidden')
  const chart = init(box, null, { renderer: 'svg' })
  const draw = () => chart.setOption(option(box.clientWidth > 560), true)
  draw()
  new ResizeObserver(() => { chart.resize(); draw() }).observe(box)
  for (const [kind, label] of [['png', section.dataset.png], ['svg', section.dataset.svg]]) {
    section.querySelector('.chart__buttons').append(
      button(label, title, async () => save(await picture(kind, option(true), tall), `${section.dataset.file}.${kind}`)),
    )
  }
}
