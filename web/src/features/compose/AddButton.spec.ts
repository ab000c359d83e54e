import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Adapter } from '@/api/generated'
import { mountInApp } from '@/shared/testing'
import { dismissToast, useToasts } from '@/shared/toasts'
import AddButton from './AddButton.vue'
import { emptyBench } from './bench/bench'
import { useBench } from './bench/useBench'

const ink = {
  id: 'ink',
  name: 'Ink',
  file_name: 'ink.safetensors',
  triggers: ['ink style'],
  weight: 1,
} as Adapter

describe('the button that adds to the composition', () => {
  const { bench } = useBench()
  const names = () => bench.value.entries.map(({ name }) => name)
  const undo = () => useToasts().value.at(-1)!.action!.run()
  const onChange = vi.fn()
  let mounted: ReturnType<typeof mountInApp>['wrapper']

  beforeEach(() => {
    for (const { id } of useToasts().value) dismissToast(id)
    onChange.mockClear()
    bench.value = emptyBench()
    mounted = mountInApp(AddButton, { adapter: ink, onChange }).wrapper
  })
  afterEach(() => {
    mounted.unmount()
  })
  const press = () => mounted.get('button').trigger('click')

  it('adds, and takes out when pressed again', async () => {
    await press()
    expect(names()).toEqual(['ink'])
    expect(mounted.get('button').text()).toBe('Added')
    await press()
    expect(names()).toEqual([])
    expect(onChange.mock.calls).toEqual([[true], [false]])
  })

  it('is undone from the message, either way', async () => {
    await press()
    await undo()
    await flushPromises()
    expect(names()).toEqual([])
    await press()
    await press()
    await undo()
    await flushPromises()
    expect(names()).toEqual(['ink'])
    expect(onChange.mock.calls.map(([isIn]: unknown[]) => isIn)).toEqual([true, false, true, false, true])
  })
})
