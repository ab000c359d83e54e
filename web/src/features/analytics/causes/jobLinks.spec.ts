import { expect, it } from 'vitest'
import { jobPlace, placeOf } from './jobLinks'

it.each([
  ['a list of the history', '/history?outcome=failed&engine=far', '/history/7?outcome=failed&engine=far'],
  ['another page', '/generate', '/history/7?outcome=all'],
  ['nothing', '', '/history/7?outcome=all'],
  ['another server', '//evil.test/history?x', '/history/7?outcome=all'],
])('a job is shown over the list behind it when the link is %s', (_, link, place) => {
  expect(jobPlace('7', link)).toBe(place)
})

it('follows links within the app only', () => {
  expect(placeOf('/history?outcome=failed')).toBe('/history?outcome=failed')
  expect(placeOf('https://evil.test')).toBeNull()
  expect(placeOf('//evil.test')).toBeNull()
  expect(placeOf('')).toBeNull()
})
