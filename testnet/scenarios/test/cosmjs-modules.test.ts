import { accountsSuite } from './modules/accounts-suite.ts'
import { bankSuite } from './modules/bank-suite.ts'
import { govSuite } from './modules/gov-suite.ts'
import { grantsSuite } from './modules/grants-suite.ts'
import { restSuite } from './modules/rest-suite.ts'
import { rewardsSuite } from './modules/rewards-suite.ts'
import { stakingSuite, unbondedSuite } from './modules/staking-suite.ts'
import { Stage } from './support/stage.ts'

describe('CosmJS 0.39 with the modules of the SDK, each message signed as protobuf and as amino JSON', function () {
  this.timeout(300_000)
  this.slow(10_000)
  let running: Stage | undefined
  const stage = (): Stage => {
    if (running === undefined) throw new Error('the network did not start')
    return running
  }

  before(async () => {
    running = await Stage.start('strom-modules-1')
  })

  after(async () => {
    await running?.stop()
  })

  bankSuite(stage)
  stakingSuite(stage)
  rewardsSuite(stage)
  govSuite(stage)
  grantsSuite(stage)
  restSuite(stage)
  accountsSuite(stage)
  unbondedSuite(stage)
})
