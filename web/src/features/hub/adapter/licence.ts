import type { Licence } from '@/api/generated'

const uses = ['Image', 'RentCivit', 'Rent', 'Sell'] as const

/** The keys of the sentences that say what a licence allows, without their common beginning. */
export function licenceKeys(licence: Licence): string[] {
  // A hub that only names a licence says nothing about the rest.
  if (licence.name && licence.commercial_use.length === 0) return []
  const commercial = uses.filter((use) => licence.commercial_use.includes(use))
  const keys = [licence.no_credit ? 'creditFree' : 'creditNeeded']
  keys.push(...(commercial.length > 0 ? commercial.map((use) => `commercial.${use}`) : ['commercialNone']))
  keys.push(licence.derivatives ? 'derivatives' : 'noDerivatives')
  if (licence.derivatives && !licence.different_licence) keys.push('sameLicence')
  return keys
}
