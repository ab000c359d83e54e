import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import { mountInApp } from '@/shared/testing'
import { dismissToast, useToasts } from '@/shared/toasts'
import { emptyBench } from '../bench/bench'
import { withKey } from '../bench/entries'
import { useBench } from '../bench/useBench'
import EntriesCard from '../EntriesCard.vue'

vi.mock('@/live/useLive', () => ({ useLive: vi.fn() }))

describe('the list of adapters', () => {
  const { bench } = useBench()
  const names = () => bench.value.entries.map(({ name }) => name)

  beforeEach(() => {
    for (const { id } of useToasts().value) dismissToast(id)
    bench.value = {
      ...emptyBench(),
      entries: ['ink', 'wash', 'paper'].map((name) =>
        withKey({ name, weight: 1, enabled: true, triggers: [`${name} style`] }),
      ),
    }
  })
  let mounted: ReturnType<typeof mountInApp>['wrapper'] | undefined
  const setUp = () => (mounted = mountInApp(EntriesCard, { hasPickButton: true, isStarting: false }).wrapper)
  afterEach(() => {
    mounted?.unmount()
  })

  it('is put in another order by keys, and the handle keeps the focus', async () => {
    const list = setUp()
    await list.findAll('[data-handle]')[0]!.trigger('keydown', { key: 'ArrowDown' })
    await nextTick()
    expect(names()).toEqual(['wash', 'ink', 'paper'])
    expect(document.activeElement?.getAttribute('aria-label')).toContain('Move ink')
    await list.findAll('[data-handle]')[1]!.trigger('keydown', { key: 'End' })
    expect(names()).toEqual(['wash', 'paper', 'ink'])
  })

  it('lets go of an adapter, and takes it back when that is undone', async () => {
    const list = setUp()
    await list.findAll('[data-remove]')[1]!.trigger('click')
    expect(names()).toEqual(['ink', 'paper'])
    await useToasts().value.at(-1)!.action!.run()
    expect(names()).toEqual(['ink', 'wash', 'paper'])
  })

  it('switches adapters and trigger words off and on', async () => {
    const list = setUp()
    await list.findAll('[role=switch]')[2]!.trigger('click')
    expect(bench.value.entries[2]!.enabled).toBe(false)
    const word = list.findAll('button[aria-pressed]')[0]!
    expect(word.text()).toBe('ink style')
    await word.trigger('click')
    expect(bench.value.entries[0]!.triggers).toEqual([])
  })

  it('gives a text encoder its own weight, starting from the one in use', async () => {
    const list = setUp()
    await list.find('[aria-label="More settings of ink"]').trigger('click')
    await list.find('[role=checkbox]').trigger('click')
    expect(bench.value.entries[0]!.text_encoder).toEqual([1])
    await list.find('[role=checkbox]').trigger('click')
    expect(bench.value.entries[0]!.text_encoder).toBeUndefined()
  })

  it('offers ways to begin when it is empty', () => {
    bench.value = emptyBench()
    const texts = setUp()
      .findAll('button')
      .map((button) => button.text())
    expect(texts).toEqual([
      'Add adapters',
      'Start from the active adapters',
      'Rebuild from a prompt or picture …',
    ])
  })
})
