// Builds dist/: minified files named after their content, and manifest.json that maps the plain name to the real one.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as esbuild from 'esbuild'
import * as sass from 'sass'

const root = dirname(fileURLToPath(import.meta.url))
const dist = join(root, 'dist')
const styles = ['app']
const scripts = ['app', 'queue', 'map', 'charts']
const target = ['chrome109', 'edge109', 'firefox115', 'safari16']

async function style(name) {
  const { css } = sass.compile(join(root, 'styles', `${name}.scss`), {
    loadPaths: [join(root, 'node_modules')],
    quietDeps: true,
  })
  const { code } = await esbuild.transform(css, { loader: 'css', minify: true, target, legalComments: 'none' })
  return code
}

async function script(name) {
  const result = await esbuild.build({
    entryPoints: [join(root, 'scripts', `${name}.js`)],
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: 'esm',
    target,
    legalComments: 'none',
    write: false,
  })
  return result.outputFiles[0].text
}

const files = {}
for (const name of styles) files[`${name}.css`] = await style(name)
for (const name of scripts) files[`${name}.js`] = await script(name)
for (const name of readdirSync(join(root, 'images')).sort()) files[name] = readFileSync(join(root, 'images', name))

rmSync(dist, { recursive: true, force: true })
mkdirSync(dist)
const manifest = {}
for (const [name, content] of Object.entries(files)) {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 10)
  const extension = extname(name)
  manifest[name] = `${name.slice(0, -extension.length)}-${hash}${extension}`
  writeFileSync(join(dist, manifest[name]), content)
}
writeFileSync(join(dist, 'manifest.json'), JSON.stringify(manifest, null, 2) + '\n')
