import { afterEach, describe, expect, it } from 'vitest'
import { dismissToast, showToast, useToasts } from './toasts'

describe('toasts', () => {
  const toasts = useToasts()

  afterEach(() => {
    for (const { id } of toasts.value) dismissToast(id)
  })

  it('come and go', () => {
    const id = showToast({ title: 'Saved' })
    expect(toasts.value.map(({ title }) => title)).toEqual(['Saved'])
    dismissToast(id)
    expect(toasts.value).toEqual([])
  })

  it('stay longer when there is something to press or to worry about', () => {
    showToast({ title: 'Saved' })
    showToast({ title: 'Moved to the trash', action: { label: 'Undo', run: () => undefined } })
    showToast({ title: 'The disk is full', tone: 'danger' })
    const [plain, undo, danger] = toasts.value.map(({ duration }) => duration)
    expect(undo).toBeGreaterThan(plain!)
    expect(danger).toBeGreaterThan(plain!)
  })

  it('are at most four, the newest', () => {
    for (const title of ['1', '2', '3', '4', '5']) showToast({ title })
    expect(toasts.value.map(({ title }) => title)).toEqual(['2', '3', '4', '5'])
  })
})
