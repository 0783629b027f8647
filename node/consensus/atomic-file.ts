import fs from 'node:fs'
import path from 'node:path'
import { syncDirectory } from './wal.ts'

/**
 * Replaces a file so that after a crash either the old or the new content is there, whole: temporary file, fsync, rename,
 * fsync of the directory. `fs.writeFile` promises none of that. Mode 0600.
 */
export function writeFileAtomic(file: string, content: Uint8Array | string): void {
  const temporary = `${file}.tmp`
  const handle = fs.openSync(temporary, 'w', 0o600)
  try {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content
    for (let at = 0; at < bytes.length; ) at += fs.writeSync(handle, bytes, at)
    fs.fsyncSync(handle)
  } finally {
    fs.closeSync(handle)
  }
  fs.renameSync(temporary, file)
  syncDirectory(path.dirname(file))
}
