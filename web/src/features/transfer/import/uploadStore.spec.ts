import { describe, expect, it } from 'vitest'
import { parseKept, tabStore } from './uploadStore'

describe('the memory of uploads', () => {
  it('keeps uploads for the tab and forgets an empty list', () => {
    const upload = { id: 'u1', path: 'a/b.zip', size: 3, modified: 4, importId: 't1' }
    tabStore.write([upload])
    expect(tabStore.read()).toEqual([upload])
    tabStore.write([])
    expect(tabStore.read()).toEqual([])
    expect(sessionStorage).toHaveLength(0)
  })

  it.each([null, '', '{', '{"id":1}', '[{"id":"u1"}]'])('reads nothing from %o', (text) => {
    expect(parseKept(text)).toEqual([])
  })
})
