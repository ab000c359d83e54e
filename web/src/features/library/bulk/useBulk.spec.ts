import { describe, expect, it } from 'vitest'
import { nothing, selectAll, toggle } from '../selection/selection'
import { targetOf } from './useBulk'

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

describe('targetOf', () => {
  it('names a few by their ids', () => {
    expect(targetOf(toggle(nothing, 'a', 0), 'cat')).toEqual({ lora_ids: ['a'] })
  })

  it('sends the query and no ids when everything is selected', () => {
    expect(targetOf(selectAll(nothing), 'base:sdxl')).toEqual({ q: 'base:sdxl' })
    expect(targetOf(selectAll(nothing), '')).toEqual({ q: '' })
  })

  it('leaves the exceptions out by their ids', () => {
    const selection = toggle(toggle(selectAll(nothing), uuid(1), 0), uuid(2), 1)
    expect(targetOf(selection, 'cat')).toEqual({ q: `cat -id:${uuid(1)},${uuid(2)}` })
  })

  it('gives up before the query becomes longer than the server reads', () => {
    let selection = selectAll(nothing)
    for (let n = 0; n < 10; n++) selection = toggle(selection, uuid(n), n)
    expect(targetOf(selection, 'cat')).toBeNull()
  })
})
