#!/usr/bin/env node
import '../node/p2p/shim.ts'
import { guardPipes } from './output.ts'
import { run } from './run.ts'

guardPipes()
const code = await run(process.argv.slice(2))
// Written text reaches a pipe later than the exit would: wait for it, then end whatever still listens.
await new Promise((resolve) => process.stdout.write('', resolve))
process.exit(code)
