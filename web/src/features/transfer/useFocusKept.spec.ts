import { mount } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { defineComponent, h, nextTick, ref, useTemplateRef } from 'vue'
import { useFocusKept } from './useFocusKept'

const rows = ref(['one', 'two'])
const List = defineComponent(() => {
  useFocusKept(useTemplateRef<HTMLElement>('start'), rows)
  return () =>
    h('div', [
      h(
        'ul',
        { ref: 'start', tabindex: -1 },
        rows.value.map((row) => h('li', { key: row }, h('button', row))),
      ),
      h('button', { id: 'elsewhere' }),
    ])
})

async function afterRemoving(row: string, focused: string) {
  rows.value = ['one', 'two']
  const wrapper = mount(List, { attachTo: document.body })
  wrapper.get<HTMLElement>(focused).element.focus()
  const before = document.activeElement
  rows.value = rows.value.filter((other) => other !== row)
  await nextTick()
  await nextTick()
  return { start: wrapper.get('ul').element, before }
}

it('leads to the start when the row with the focus goes', async () => {
  const { start } = await afterRemoving('one', 'li button')
  expect(document.activeElement).toBe(start)
})

it.each([
  ['another row goes', 'two', 'li button'],
  ['the focus is elsewhere', 'one', '#elsewhere'],
])('leaves the focus alone when %s', async (_, row, focused) => {
  const { before } = await afterRemoving(row, focused)
  expect(document.activeElement).toBe(before)
})
