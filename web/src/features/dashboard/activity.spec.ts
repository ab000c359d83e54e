import { expect, it } from 'vitest'
import { activityText } from './activity'

it('turns a change into a message with its numbers written out', () => {
  const entry = { text_key: 'activity.bulk.trashed', params: { count: 1200, name: 'Ink' } }
  expect(activityText(entry, (value) => value.toLocaleString('en'))).toEqual({
    key: 'dashboard.activity.bulk_trashed',
    values: { count: '1,200', name: 'Ink' },
    count: 1200,
  })
})
