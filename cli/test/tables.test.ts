import { expect } from 'chai'
import type { Command } from 'commander'
import { state as certificates } from '../../modules/certificate/state.ts'
import { state as devices } from '../../modules/device/state.ts'
import { REASONS, WITHHELD } from '../../modules/metering/reasons.ts'
import { state as metering } from '../../modules/metering/state.ts'
import { services } from '../../proto/gen/services.ts'
import { codecFor } from '../../proto/registry.ts'
import type { FieldSpec, MessageCodec } from '../../proto/runtime/field.ts'
import { certCommand } from '../commands/cert.ts'
import { deviceCommand } from '../commands/device.ts'
import { fieldJson } from '../message-json.ts'
import { storeKeys } from '../proof/keys.ts'
import { moduleQueryGroups } from '../query/module-queries.ts'
import { readable } from '../query/readable.ts'
import { REFUSAL_HINTS, WITHHELD_WORDS } from '../query/reasons.ts'
import { answerText, viewedPaths, viewOf } from '../query/views.ts'
import { composed } from '../tx/composed/all.ts'
import { messageGroups } from '../tx/message-commands.ts'
import { places } from '../tx/places.ts'

const MODULES = ['device', 'metering', 'certificate', 'fleet', 'operator']

function rowOf(codec: MessageCodec<unknown>, list: string): MessageCodec<unknown> {
  const field = codec.fields.find(({ name }) => name === list)
  const row = field?.repeated === true ? field.message?.() : undefined
  if (row === undefined) throw new Error(`${codec.typeName} has no list ${list}`)
  return row
}

function responseOf(path: string): MessageCodec<unknown> {
  const method = services.flatMap((one) => one.methods).find((one) => one.path === path)
  if (method === undefined) throw new Error(`${path} is in no schema`)
  return method.response
}

function flagOf(url: string, name: string): FieldSpec {
  const field = codecFor(url)?.fields.find((one) => one.name === name)
  if (field === undefined) throw new Error(`${url} has no ${name}`)
  return field
}

describe('tables of the command line', () => {
  it('know every reason of refusal and of withholding, with words for people', () => {
    expect(Object.keys(REFUSAL_HINTS)).to.include.members([...REASONS])
    expect(Object.keys(WITHHELD_WORDS)).to.include.members([...WITHHELD])
  })

  it('show columns that the answers really have', () => {
    for (const path of viewedPaths()) {
      const method = services.flatMap((one) => one.methods).find((one) => one.path === path)
      const view = viewOf(path)
      if (method === undefined || view === undefined) throw new Error(`${path} is in no schema`)
      const parts = view.and === undefined ? [view] : [view, view.and]
      for (const { list, columns } of parts)
        for (const [title, at] of columns) {
          const row = rowOf(method.response, list)
          let codec: MessageCodec<unknown> | undefined = row
          for (const name of (at.split('|')[0] as string).split('.')) {
            // What is packed shows its type first; which fields it has depends on that.
            if (codec?.typeName === 'google.protobuf.Any') break
            const field: FieldSpec | undefined = codec?.fields.find((one) => one.name === name)
            expect(field, `${path} ${title}: ${name}`).to.not.equal(undefined)
            codec = field?.message?.()
          }
        }
    }
  })

  it('show times as dates, enums and flags as words where an answer has no table of its own', () => {
    const answer = { device: { id: 'roof', kind: 'KIND_PV', trust_class: 'TRUST_CLASS_C' } }
    const codec = responseOf('/strom.device.v1.Query/Device')
    const shown = readable(codec, { device: { ...answer.device, soh_time: '1472256000' } })
    expect(shown).to.deep.equal({
      device: { id: 'roof', kind: 'pv', trust_class: 'C', soh_time: '2016-08-27 00:00:00' },
    })
    const path = '/strom.certificate.v1.Query/Certificate'
    const text = answerText(path, responseOf(path), {
      certificate: { interval_start: '1472256000', flags: 33, issued_height: '8' },
      ranges: [{ first: '1', last: '9', status: 'RANGE_STATUS_ACTIVE' }],
    })
    expect(text).to.match(/interval_start: +2016-08-27 00:00:00/)
    expect(text).to.match(/flags: +measured\+derived/)
    expect(text).to.match(/issued_height: +8/)
    expect(text).to.match(/1 +9 +active/)
  })

  it('read months, days and bonds as people write them', () => {
    const month = flagOf('/strom.certificate.v1.MsgEnterGeneration', 'month')
    expect(fieldJson(month, '2026-03')).to.equal('202603')
    expect(fieldJson(month, '202603')).to.equal('202603')
    expect(() => fieldJson(month, '2026-13')).to.throw('month')
    const bond = flagOf('/strom.device.v1.MsgRegisterGateway', 'bond')
    expect(fieldJson(bond, '100STROM')).to.equal('100000000')
    expect(fieldJson(bond, '5')).to.equal('5')
    expect(() => fieldJson(bond, '5EUR')).to.throw('EUR')
    const until = flagOf('/strom.certificate.v1.MsgReserveCertificate', 'until')
    expect(fieldJson(until, '2016-08-27')).to.equal('1472256000')
    const vee = services
      .flatMap((one) => one.methods)
      .find((one) => one.path === '/strom.metering.v1.Query/Vee')
    const day = vee?.request.fields.find(({ name }) => name === 'day')
    expect(day && fieldJson(day, '2016-08-27')).to.equal('17040')
    expect(() => fieldJson(until, '2016-08-32')).to.throw('neither a whole number nor a time')
  })

  it('have a place for every message of devices, metering, certificates, fleets and operators but params', () => {
    const messages = services
      .filter(({ name }) => MODULES.some((module) => name === `strom.${module}.v1.Msg`))
      .flatMap((service) => service.methods.map(({ request }) => request.typeUrl))
      .filter((url) => !url.endsWith('.MsgUpdateParams'))
    expect(messages).to.have.length.greaterThan(40)
    const made = composed.flatMap(({ replaces }) => replaces ?? [])
    for (const url of messages) expect([...Object.keys(places), ...made]).to.include(url)
  })

  it('name fields the messages have, and arguments the examples show', () => {
    const words = new Set<string>()
    for (const [url, place] of Object.entries(places)) {
      const codec = codecFor(url)
      if (codec === undefined) throw new Error(`${url} is in no schema`)
      const fields = codec.fields.map(({ name }) => name)
      const same = Object.entries(place.same ?? {}).flat()
      const named = [...(place.args ?? []), ...(place.file?.fields ?? []), ...same]
      expect(fields, url).to.include.members(named)
      expect(words.has(place.at), place.at).to.equal(false)
      words.add(place.at)
      const typed = place.at.replace(/^certificate/, 'cert')
      expect(`${place.example} `.startsWith(`${typed} `), place.example).to.equal(true)
      expect(place.about, url).to.not.equal('')
    }
  })

  it('prove values under the keys the modules store them by', () => {
    const id = 'home-1-pv'
    expect(storeKeys.params()).to.deep.equal(Uint8Array.of(0))
    expect(storeKeys.certificate(id, 900n, 2)).to.deep.equal(
      certificates.certificates.rawKey([id, 900n, 2]),
    )
    expect(storeKeys.range(id, 900n, 2, 7n)).to.deep.equal(
      certificates.ranges.rawKey([id, 900n, 2, 7n]),
    )
    expect(storeKeys.claim(3n)).to.deep.equal(certificates.claims.rawKey(3n))
    expect(storeKeys.lot(3n)).to.deep.equal(certificates.lots.rawKey(3n))
    expect(storeKeys.carbon(3n)).to.deep.equal(certificates.carbon.rawKey(3n))
    expect(storeKeys.device(id)).to.deep.equal(devices.devices.rawKey(id))
    expect(storeKeys.reading(id, 'main', 8n)).to.deep.equal(
      metering.readings.rawKey([id, 'main', 8n]),
    )
    expect([
      certificates.claims.store,
      devices.devices.store,
      metering.readings.store,
    ]).to.deep.equal(['certificate', 'device', 'metering'])
  })

  it('give every command about energy a help with an example that calls it', () => {
    let seen = 0
    const walk = (command: Command, words: string): void => {
      for (const member of command.commands) walk(member, `${words} ${member.name()}`)
      if (command.commands.length > 0) return
      let help = ''
      command.configureOutput({ writeOut: (text) => (help += text) })
      command.outputHelp()
      const example = /Example:\n {2}(strom .*)/.exec(help)?.[1]
      expect(example, words).to.not.equal(undefined)
      expect(example?.replace(/ cert /, ' certificate ') ?? '').to.contain(
        words.replace(/^strom cert /, 'strom certificate '),
      )
      expect(command.description(), words).to.not.equal('')
      seen += 1
    }
    for (const group of messageGroups()) walk(group, `strom tx ${group.name()}`)
    for (const group of moduleQueryGroups()) walk(group, `strom query ${group.name()}`)
    walk(deviceCommand(), 'strom device')
    walk(certCommand(), 'strom cert')
    expect(seen).to.be.greaterThan(60)
  })
})
