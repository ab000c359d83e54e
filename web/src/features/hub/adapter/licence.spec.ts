import { describe, expect, it } from 'vitest'
import { i18n } from '@/i18n'
import '@/shared/testingTexts'
import { licenceKeys } from './licence'

const closed = {
  no_credit: false,
  commercial_use: [],
  derivatives: false,
  different_licence: false,
  name: '',
}

describe('licenceKeys', () => {
  it('says what is not allowed', () => {
    expect(licenceKeys(closed)).toEqual(['creditNeeded', 'commercialNone', 'noDerivatives'])
  })

  it('names each commercial use that is allowed, and nothing of those it does not know', () => {
    const keys = licenceKeys({ ...closed, commercial_use: ['Sell', 'Image', 'Other'] })
    expect(keys).toEqual(['creditNeeded', 'commercial.Image', 'commercial.Sell', 'noDerivatives'])
  })

  it('says that what is made from it keeps the licence', () => {
    const open = { ...closed, no_credit: true, derivatives: true }
    expect(licenceKeys(open)).toContain('sameLicence')
    expect(licenceKeys({ ...open, different_licence: true })).not.toContain('sameLicence')
  })

  it('says nothing more of a licence that is only named', () => {
    expect(licenceKeys({ ...closed, name: 'apache-2.0' })).toEqual([])
  })

  it('has a sentence for every key', () => {
    const all = { ...closed, derivatives: true, commercial_use: ['Image', 'Rent', 'RentCivit', 'Sell'] }
    for (const key of [...licenceKeys(all), ...licenceKeys(closed), 'creditFree']) {
      expect(i18n.global.te(`hub.licence.${key}`), key).toBe(true)
    }
  })
})
