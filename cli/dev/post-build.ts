import { chmodSync, existsSync, lstatSync, mkdirSync, symlinkSync, unlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Last step of `npm run build`: the compiler writes no executable bit, and npm links the commands of dependencies only,
 * so this makes `npx strom` work inside a clone.
 */
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..')
const main = join(root, 'dist', 'cli', 'main.js')
const link = join(root, 'node_modules', '.bin', 'strom')

if (!existsSync(main)) throw new Error(`${main} is missing: run \`npm run build\``)
chmodSync(main, 0o755)
if (process.platform !== 'win32' && existsSync(join(root, 'node_modules')) && !existsSync(link)) {
  mkdirSync(dirname(link), { recursive: true })
  // A link that points nowhere still occupies its name.
  if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) unlinkSync(link)
  symlinkSync(join('..', '..', 'dist', 'cli', 'main.js'), link)
}
