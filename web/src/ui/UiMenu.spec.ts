import { afterEach, expect, it, vi } from 'vitest'
import { h, nextTick } from 'vue'
import { mountInApp } from '@/shared/testing'
import UiMenu from './UiMenu.vue'

afterEach(() => {
  document.body.innerHTML = ''
})

it('gives the focus back to its button and only then runs what was chosen', async () => {
  const focused: (string | null | undefined)[] = []
  const run = vi.fn(() => focused.push(document.activeElement?.textContent))
  mountInApp(UiMenu, { items: [{ label: 'Rename', run }] }, { default: () => h('button', 'Actions') })
  const button = document.querySelector('button')!
  button.focus()
  button.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))
  await nextTick()
  document.querySelector<HTMLElement>('[role=menuitem]')!.click()
  await vi.waitFor(() => {
    expect(run).toHaveBeenCalledOnce()
  })
  expect(focused).toEqual(['Actions'])
})
