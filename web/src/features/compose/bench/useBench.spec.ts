import { beforeEach, describe, expect, it } from 'vitest'
import { emptyBench, type Bench } from './bench'
import { useBench } from './useBench'

const withPrefix = (prefix: string): Bench => ({ ...emptyBench(), prefix })

describe('useBench', () => {
  const { bench, replace, bringBack, canBringBack, remove, change, isDirty } = useBench()

  beforeEach(() => {
    bench.value = emptyBench()
    bringBack()
    bench.value = emptyBench()
  })

  it('undoes that something took the place of unsaved work', () => {
    bench.value = withPrefix('mine')
    const undo = replace(withPrefix('theirs'))
    expect(bench.value.prefix).toBe('theirs')
    undo()
    expect(bench.value.prefix).toBe('mine')
  })

  it('keeps unsaved work at hand, also after the chance to undo is gone', () => {
    bench.value = withPrefix('mine')
    replace(withPrefix('theirs'))
    expect(canBringBack.value).toBe(true)
    bringBack()
    expect(bench.value.prefix).toBe('mine')
    bringBack()
    expect(bench.value.prefix).toBe('theirs')
  })

  it('keeps nothing at hand when nothing was unsaved', () => {
    replace(withPrefix('theirs'))
    expect(canBringBack.value).toBe(false)
  })

  it('puts a removed adapter back in its place, whatever happened since', () => {
    const entries = ['a', 'b', 'c'].map((key) => ({ key, name: key, weight: 1, enabled: true }))
    change({ entries })
    const putBack = remove('b')
    change({ prefix: 'typed since' })
    putBack()
    expect(bench.value.entries.map(({ key }) => key)).toEqual(['a', 'b', 'c'])
    expect(bench.value.prefix).toBe('typed since')
    expect(isDirty.value).toBe(true)
  })
})
