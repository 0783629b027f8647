import { measureInside } from './fleet-inside.ts'
import { answerParent, metersFromJson } from './fleet-prepare.ts'
import type { FleetSettings } from './fleet-settings.ts'

/** The part without network in a process of its own, whose memory is that of the measured thing. */
answerParent(
  async (
    input: { readonly settings: FleetSettings; readonly meters: string; readonly dir: string },
    say,
  ) => measureInside(input.settings, metersFromJson(input.meters), input.dir, say),
)
