import { expect, it, vi } from 'vitest'
import { inZone } from './inZone'
import { ApiError } from './problem'

const refusal = (location: string) =>
  new ApiError(422, {
    code: 'invalid',
    detail: 'No.',
    errors: [{ location, message: 'No.' }],
    requestId: null,
  })

/** A browser that stands in a zone of this name. */
function standIn(timeZone: string) {
  const options = Intl.DateTimeFormat().resolvedOptions()
  vi.spyOn(Intl.DateTimeFormat.prototype, 'resolvedOptions').mockReturnValue({ ...options, timeZone })
}

it('asks in UTC where the server does not know the zone, and in vain only once', async () => {
  standIn('Mars/Olympus')
  const asked: string[] = []
  const ask = (tz: string) => {
    asked.push(tz)
    return tz === 'UTC' ? Promise.resolve('figures') : Promise.reject(refusal('query.tz'))
  }
  expect(await inZone(ask)).toBe('figures')
  expect(await inZone(ask)).toBe('figures')
  expect(asked).toEqual(['Mars/Olympus', 'UTC', 'UTC'])
})

it('leaves every other refusal as it is', async () => {
  standIn('Europe/Berlin')
  const ask = vi.fn(() => Promise.reject(refusal('query.start')))
  await expect(inZone(ask)).rejects.toThrow('No.')
  expect(ask).toHaveBeenCalledOnce()
})

it('asks in UTC where the browser has no zone', async () => {
  standIn('Etc/Unknown')
  expect(await inZone((tz) => Promise.resolve(tz))).toBe('UTC')
})
