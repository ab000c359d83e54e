import { describe, expect, it } from 'vitest'
import { effectScope, ref } from 'vue'
import { useRead } from './useRead'

const settled = () => new Promise((resolve) => setTimeout(resolve))

describe('useRead', () => {
  it('reads at once and again when what it reads of changes', async () => {
    const id = ref('a')
    const scope = effectScope()
    const { data } = scope.run(() => useRead(id, (of) => Promise.resolve(of.toUpperCase())))!
    await settled()
    expect(data.value).toBe('A')
    id.value = 'b'
    await settled()
    expect(data.value).toBe('B')
    scope.stop()
  })

  it('keeps the last answer when a later read fails, and says why', async () => {
    let fails = false
    const scope = effectScope()
    const { data, error, reload } = scope.run(() =>
      useRead(ref(1), () => (fails ? Promise.reject(new Error('Gone.')) : Promise.resolve('here'))),
    )!
    await settled()
    fails = true
    await reload()
    expect(data.value).toBe('here')
    expect(error.value).toEqual(new Error('Gone.'))
    scope.stop()
  })

  it('gives up a read that is overtaken or no longer wanted, and begins none after that', async () => {
    const signals: AbortSignal[] = []
    const scope = effectScope()
    const { reload } = scope.run(() =>
      useRead(ref(1), (_, signal) => {
        signals.push(signal)
        return Promise.resolve(1)
      }),
    )!
    await reload()
    scope.stop()
    expect(signals.map((signal) => signal.aborted)).toEqual([true, true])
    await reload()
    expect(signals).toHaveLength(2)
  })
})
