import { beforeEach, describe, expect, it } from 'vitest'
import { defineComponent, h } from 'vue'
import { nothing, type Selection, selectAll, toggle } from '@/shared/grid/selection'
import { mountInApp, settled } from '@/shared/testing'
import { dismissToast, useToasts } from '@/shared/toasts'
import { useLibrary } from '../useLibrary'
import { useHandOver } from './useHandOver'

describe('useHandOver', () => {
  const toasts = useToasts()

  beforeEach(() => {
    for (const { id } of toasts.value) dismissToast(id)
    useLibrary().results.query.value = { q: 'base:sdxl', sort: 'name', order: 'asc' }
  })

  async function choose(what: Selection, line: number) {
    let items!: ReturnType<ReturnType<typeof useHandOver>>
    const { router, wrapper } = mountInApp(
      defineComponent(() => {
        items = useHandOver()(() => what)
        return () => h('div')
      }),
    )
    items[line]!.run()
    await settled()
    const { fullPath } = router.currentRoute.value
    wrapper.unmount()
    return fullPath
  }

  it('names a few adapters in the address', async () => {
    const two = toggle(toggle(nothing, 'a', 0), 'b', 1)
    expect(await choose(two, 0)).toBe('/transfer/export?ids=a,b')
    expect(await choose(two, 1)).toBe('/transfer/move-in?ids=a,b')
  })

  it('names the search where everything it finds is selected', async () => {
    expect(await choose(selectAll(nothing), 0)).toBe('/transfer/export?q=base:sdxl')
  })

  it('takes more adapters beside the address than it can hold', async () => {
    const ids = new Set(Array.from({ length: 60 }, (_, at) => `id${at}`))
    expect(await choose({ kind: 'some', ids, anchor: null }, 0)).toBe('/transfer/export')
  })

  it('says why it cannot leave some out', async () => {
    expect(await choose(toggle(selectAll(nothing), 'a', 0), 0)).toBe('/')
    expect(toasts.value).toMatchObject([{ tone: 'danger' }])
  })
})
