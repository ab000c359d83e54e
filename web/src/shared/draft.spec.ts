import { describe, expect, it } from 'vitest'
import { type Draft, parseDraft, useDraft } from './draft'

const draft: Draft = {
  prompt: 'a cat <lora:ink:0.800>',
  negative: 'blurry',
  entries: [{ adapter_id: 'a', name: 'ink', weight: 0.8, enabled: true, triggers: ['ink wash'] }],
  compositionId: null,
  params: { steps: 20 },
}

describe('useDraft', () => {
  it('hands a draft from one page to another and lets go of it', () => {
    useDraft().put(draft)
    expect(useDraft().draft.value).toEqual(draft)
    useDraft().clear()
    expect(useDraft().draft.value).toBeNull()
  })
})

describe('parseDraft', () => {
  it('reads what was written, with all that is said of an adapter', () => {
    expect(parseDraft(JSON.stringify(draft))).toEqual(draft)
  })

  it.each(['', 'null', '{}', '[1]', '{"prompt":7}', JSON.stringify({ ...draft, entries: [{ name: 1 }] })])(
    'reads %s as no draft',
    (text) => {
      expect(parseDraft(text)).toBeNull()
    },
  )
})
