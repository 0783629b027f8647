import { readFileSync, writeFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { Ed25519Verifier } from '../../node/consensus/verify-ed25519.ts'
import { openClient } from '../client.ts'
import { group, homeOf, leaf } from '../common.ts'
import { EXIT, usageError } from '../errors.ts'
import { fieldJson } from '../message-json.ts'
import { emit, note, outputFormat } from '../output.ts'
import { writeBundle } from '../proof/bundle.ts'
import { collectBundle, collectTag, type Wanted } from '../proof/collect.ts'
import type { Numbers } from '../proof/facts.ts'
import { printHtml, printText } from '../proof/print.ts'
import { readTrust, trustAt } from '../proof/trust.ts'
import { heightOf, verifyText } from '../proof/verify.ts'
import { queryCommandOf } from '../query/module-queries.ts'
import { exampleText } from '../sample.ts'

interface ExportOptions {
  readonly home?: string
  readonly node?: string
  readonly range?: string
  readonly part: string
  readonly proof?: boolean
  readonly print?: 'text' | 'html'
  readonly out?: string
}

interface VerifyCliOptions {
  readonly home?: string
  readonly trustedHash?: string
  readonly trustedHeader?: string
  readonly trustedNode?: string
  readonly chainId?: string
}

/** `strom cert …`: what people ask about certificates, their export and the offline proof. */
export function certCommand(): Command {
  const ask = (method: string): Command =>
    queryCommandOf('strom.certificate.v1.Query', method, 'cert')
  return group('cert', 'certificates: look, export, prove, verify', [
    ask('CertificatesByDevice'),
    ask('Certificate'),
    ask('Holdings'),
    ask('Lineage'),
    exportCommand(),
    verifyCommand(),
  ])
}

function exportCommand(): Command {
  return leaf('export', 'a certificate as EnergyTag JSON, or with everything that proves it')
    .argument('<device>')
    .argument('<interval-start>', 'unix seconds, or a date such as 2026-03-01T12:00:00Z')
    .option('--range <first-last>', 'watt-hours, such as 1-2500; all of them when absent')
    .option(
      '--part <number>',
      '0 for generation, else the number of a certificate from storage',
      '0',
    )
    .option('--proof', 'add stored values, proofs, signed header and validators')
    .addOption(
      new Option('--print <form>', 'a page to print, with the proof inside').choices([
        'text',
        'html',
      ]),
    )
    .option('--out <file>', 'where to write; stdout when absent')
    .option('--node <url>', 'JSON-RPC of the node (STROM_NODE, client.toml)')
    .addHelpText('after', () =>
      exampleText([
        'strom cert export home-1-pv 2026-03-01T12:00:00Z --proof --out proof.json',
        'strom cert export home-1-pv 2026-03-01T12:00:00Z --range 1-2500 --print html --out page.html',
      ]),
    )
    .action(async (device: string, start: string, options: ExportOptions) => {
      const client = openClient(homeOf(options), options.node)
      const wanted: Wanted = {
        device,
        start: BigInt(String(fieldJson(START, start))),
        part: Number(fieldJson(PART, options.part)),
        numbers: options.range === undefined ? undefined : numbersOf(options.range),
      }
      if (options.proof !== true && options.print === undefined) {
        const tag = await collectTag(client, wanted)
        deliver(`${JSON.stringify(tag, undefined, 2)}\n`, options.out)
        return
      }
      const bundle = await collectBundle(client, wanted)
      const json = writeBundle(bundle)
      const print = options.print === 'html' ? printHtml : printText
      deliver(options.print === undefined ? json : print(bundle, json), options.out)
    })
}

const START = { number: 1, name: 'interval_start', key: 'intervalStart', kind: 'int64' } as const
const PART = { number: 1, name: 'part', key: 'part', kind: 'uint32' } as const

/** The text goes to the file or to stdout, byte for byte: a proof that is changed no longer verifies. */
function deliver(text: string, file: string | undefined): void {
  if (file === undefined) {
    process.stdout.write(text)
    return
  }
  writeFileSync(file, text)
  const bytes = Buffer.byteLength(text)
  if (outputFormat() === 'json') emit({ file, bytes })
  else note(`${file}: ${bytes} bytes`)
}

function numbersOf(range: string): Numbers {
  const match = /^(\d{1,19})-(\d{1,19})$/.exec(range)
  if (match === null) throw usageError(`--range "${range}"`, 'write the numbers as 1-2500')
  return { first: BigInt(match[1] as string), last: BigInt(match[2] as string) }
}

function verifyCommand(): Command {
  return leaf('verify', 'verify an exported proof without a network, from a trusted header only')
    .argument('<file>', 'what `cert export --proof` or `--print` wrote')
    .option('--trusted-hash <hash>', 'the hash of the header in the file, from somebody you trust')
    .option(
      '--trusted-header <file>',
      'a header of the chain you trust: the answer of `commit` of a node, or a light block',
    )
    .option(
      '--trusted-node <url>',
      'ask this node, which you trust, for the hash (needs a network)',
    )
    .option('--chain-id <id>', 'the chain the certificate must be of')
    .addHelpText('after', () =>
      exampleText([
        'strom cert verify proof.json --trusted-hash 5A1D…',
        'strom cert verify page.html --trusted-header header.json --chain-id strom-1',
      ]),
    )
    .action(async (file: string, options: VerifyCliOptions) => {
      const { chainId, trustedHash, trustedHeader, trustedNode } = options
      const given = [trustedHash, trustedHeader, trustedNode].filter((one) => one !== undefined)
      if (given.length > 1)
        throw usageError('give one of --trusted-hash, --trusted-header and --trusted-node')
      const text = readText(file)
      const trust =
        trustedNode === undefined
          ? readTrust(trustedHash, trustedHeader)
          : await trustAt(openClient(homeOf(options), trustedNode), heightOf(text))
      const { verify } = new Ed25519Verifier()
      const verdict = verifyText(text, { trust, chainId, verify })
      const lines = verdict.checks.map(({ ok, name, text: words }) =>
        `${ok ? 'ok   ' : 'WRONG'}  ${`${name}:`.padEnd(12)} ${words}`.trimEnd(),
      )
      const proven = verdict.ok ? (verdict.summary ?? []) : []
      const head = verdict.ok
        ? ['The proof holds. It proves:', ...proven.map((line) => `  ${line}`)]
        : ['The proof does NOT hold: nothing this file says may be relied on.']
      emit(
        { valid: verdict.ok, checks: verdict.checks, proven },
        [...lines, '', ...head].join('\n'),
      )
      if (!verdict.ok) process.exitCode = EXIT.other
    })
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw usageError(`${file}: ${(error as Error).message}`)
  }
}
