import { expect, it } from 'vitest'
import { activityText } from './activity'

const number = (value: number) => value.toLocaleString('en')

it('turns a change into a message with its numbers written out', () => {
  const entry = { text_key: 'scanned', params: { added: 1200, name: 'Ink', fields: ['notes'] } }
  expect(activityText(entry, number)).toEqual({
    key: 'dashboard.activity.scanned',
    values: { added: '1,200', name: 'Ink' },
    count: 1,
  })
})

it('tells a change of many adapters by what was done to them', () => {
  const entry = { text_key: 'bulk', params: { action: 'activate', count: 7 } }
  expect(activityText(entry, number)).toMatchObject({ key: 'library.bulk.done.activate', count: 7 })
})
