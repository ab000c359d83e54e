import { describe, expect, it } from 'vitest'
import { nothing, selectAll, toggle } from '@/shared/grid/selection'
import { targetOf } from './useBulk'

describe('targetOf', () => {
  it('names a few by their ids', () => {
    expect(targetOf(toggle(nothing, 'a', 0), 'cat')).toEqual({ lora_ids: ['a'] })
  })

  it('sends the query and no ids when everything is selected', () => {
    expect(targetOf(selectAll(nothing), 'base:sdxl')).toEqual({ q: 'base:sdxl' })
    expect(targetOf(selectAll(nothing), '')).toEqual({ q: '' })
  })

  it('leaves the exceptions out by their ids', () => {
    const selection = toggle(toggle(selectAll(nothing), 'a', 0), 'b', 1)
    expect(targetOf(selection, 'cat')).toEqual({ q: 'cat', except_ids: ['a', 'b'] })
  })

  it('gives up when there are more exceptions than the server takes', () => {
    let selection = selectAll(nothing)
    for (let n = 0; n <= 1_000; n++) selection = toggle(selection, String(n), n)
    expect(targetOf(selection, 'cat')).toBeNull()
  })
})
