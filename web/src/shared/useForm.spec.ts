import { describe, expect, it, vi } from 'vitest'
import { useForm } from './useForm'

const setUp = (submit: (values: { path: string }) => Promise<void>) =>
  useForm({
    initial: () => ({ path: '' }),
    submit,
    fieldError: (error, field) => (error as Record<string, string>)[field],
    message: (error) => (error as { detail: string }).detail,
  })

describe('useForm', () => {
  it('sends its values', async () => {
    const send = vi.fn(() => Promise.resolve())
    const form = setUp(send)
    form.values.path = '/loras'
    expect(form.isDirty.value).toBe(true)
    expect(await form.submit()).toBe(true)
    expect(send).toHaveBeenCalledWith({ path: '/loras' })
    expect(form.isDirty.value).toBe(false)
  })

  it('shows an error at its field and not twice', async () => {
    const form = setUp(() =>
      Promise.reject(Object.assign(new Error(), { path: 'Not a folder.', detail: 'Bad.' })),
    )
    expect(await form.submit()).toBe(false)
    expect(form.errors.value).toEqual({ path: 'Not a folder.' })
    expect(form.error.value).toBeUndefined()
  })

  it('shows an error that belongs to no field for the whole form', async () => {
    const form = setUp(() => Promise.reject(Object.assign(new Error(), { detail: 'The disk is full.' })))
    await form.submit()
    expect(form.error.value).toBe('The disk is full.')
  })

  it('sends once, however often the button is pressed', async () => {
    const send = vi.fn(() => Promise.resolve())
    const form = setUp(send)
    await Promise.all([form.submit(), form.submit()])
    expect(send).toHaveBeenCalledOnce()
  })

  it('forgets values and errors on reset', async () => {
    const form = setUp(() => Promise.reject(Object.assign(new Error(), { path: 'No.' })))
    form.values.path = 'x'
    await form.submit()
    form.reset()
    expect(form.values.path).toBe('')
    expect(form.errors.value).toEqual({})
  })
})
