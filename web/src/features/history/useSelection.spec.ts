import { beforeEach, expect, it, vi } from 'vitest'
import { mountInApp } from '@/shared/testing'
import { nothing } from '@/shared/grid/selection'
import { makeResult } from './records/fixtures'
import { useHistory } from './useHistory'
import { useSelection } from './useSelection'

const ids = ['a', 'b', 'c', 'd', 'e']
vi.mock('./list/readResults', () => ({
  readFromServer: {
    after: () => Promise.resolve({ results: ids.map((id) => makeResult({ id })), next_cursor: null }),
  },
}))

const { results, selection } = useHistory()
let selecting: ReturnType<typeof useSelection>
mountInApp({
  setup: () => {
    selecting = useSelection()
    return () => null
  },
})

beforeEach(async () => {
  selection.value = nothing
  await results.ask({})
})

const shift = new MouseEvent('click', { shiftKey: true })

it('takes one more with every click, and takes it out again', () => {
  selecting.click(1, null)
  selecting.click(3, null)
  expect(selecting.ids.value).toEqual(['b', 'd'])
  selecting.click(1, null)
  expect(selecting.ids.value).toEqual(['d'])
})

it('spans from the last one to a click with Shift', async () => {
  selecting.click(1, null)
  selecting.click(3, shift)
  await vi.waitFor(() => {
    expect(selecting.ids.value).toEqual(['b', 'c', 'd'])
  })
})

it('grows with Shift and an arrow from where the keyboard was', async () => {
  await selecting.extendTo(2, 1)
  await selecting.extendTo(3, 2)
  expect(selecting.ids.value).toEqual(['b', 'c', 'd'])
})

it('takes all that is loaded, and lets go of it', () => {
  selecting.all()
  expect(selecting.count.value).toBe(5)
  selecting.clear()
  expect(selecting.count.value).toBe(0)
})
