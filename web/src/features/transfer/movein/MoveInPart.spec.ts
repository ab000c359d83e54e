import { describe, expect, it, vi } from 'vitest'
import type { FoundManager } from '@/api/generated'
import { settled } from '@/shared/testing'
import { buttonOf, press, useTransferServer } from '../testing'
import MoveInPart from './MoveInPart.vue'

vi.mock('@/live/useLive', () => ({ useLive: vi.fn() }))

const { current, open } = useTransferServer()
const found: FoundManager[] = [
  {
    manager: 'sdnext',
    path: '/loras',
    adapters: 3,
    with: { tags: 2, notes: 0, weight: 3 },
    notes: ['No use.'],
  },
  { manager: 'invokeai', path: '/invoke.db', adapters: 1, with: {}, notes: [] },
]
const submit = async (form: Element | null | undefined) => {
  form!.dispatchEvent(new Event('submit', { cancelable: true }))
  await settled()
}

describe('moving in', () => {
  it('looks where the address says, and says what would come over', async () => {
    current.server.found = found
    const { wrapper } = await open(MoveInPart, '/transfer/move-in?path=/loras')
    expect(current.server.sent('/move-in/detect')[0]?.body).toEqual({ path: '/loras' })
    expect(wrapper.text()).toContain('SD.Next')
    expect(wrapper.text()).toMatch(/3 adapters.*Weight: 3.*Tags: 2/)
    expect(wrapper.text()).not.toContain('Notes: 0')
    expect(wrapper.text()).toContain('No use.')
  })

  it('plans with those that were chosen', async () => {
    current.server.found = found
    const { wrapper, router } = await open(MoveInPart, '/transfer/move-in?path=/loras')
    wrapper.findAll('[role=checkbox]')[1]!.element.dispatchEvent(new MouseEvent('click', { bubbles: true }))
    await settled()
    await submit(buttonOf('Compare with the library').closest('form'))
    expect(current.server.sent('/move-in')[0]?.body).toEqual({
      path: '/loras',
      managers: ['sdnext'],
      policy: 'ask',
      target_root_id: 'r1',
    })
    expect(router.currentRoute.value.query).toMatchObject({ plan: 't1', path: '/loras' })
  })

  it('puts the place into the address', async () => {
    const { wrapper, router } = await open(MoveInPart, '/transfer/move-in')
    await wrapper.get('input[name=path]').setValue('/other ')
    await submit(wrapper.get('form').element)
    expect(router.currentRoute.value.query).toEqual({ path: '/other' })
    expect(wrapper.text()).toContain('Nothing of another manager was found there')
  })

  it('says beside the place why it cannot be looked at', async () => {
    const errors = [{ location: 'body.path', message: 'There is no such folder.' }]
    const refusal = { code: 'invalid', detail: 'This is wrong.', errors }
    current.server.instead.set('POST /move-in/detect', Response.json(refusal, { status: 422 }))
    const { wrapper } = await open(MoveInPart, '/transfer/move-in?path=/gone')
    expect(wrapper.text()).toContain('There is no such folder.')
  })
})

describe('writing sidecars', () => {
  it('takes all adapters, or those of a search', async () => {
    const { wrapper } = await open(MoveInPart, '/transfer/move-in')
    expect(wrapper.text()).toContain('Written as .civitai.info. Holds tags and notes.')
    const form = buttonOf('Write sidecars').closest('form')
    await submit(form)
    expect(current.server.sent('/sidecars')[0]?.body).toEqual({ format: 'civitai', overwrite: false, q: '' })
    await wrapper.findAll('select').at(-1)!.setValue('search')
    await wrapper.findAll('input').at(-1)!.setValue('tag:style')
    await submit(form)
    expect(current.server.sent('/sidecars')[1]?.body).toMatchObject({ q: 'tag:style' })
  })

  it('takes what the library handed over', async () => {
    const { wrapper } = await open(MoveInPart, '/transfer/move-in?ids=a,b')
    await settled()
    await submit(buttonOf('Write sidecars').closest('form'))
    expect(wrapper.text()).toContain('The 2 adapters you selected')
    expect(current.server.sent('/sidecars')[0]?.body).toMatchObject({ adapter_ids: ['a', 'b'] })
  })

  it('passes on what does not work', async () => {
    current.server.instead.set(
      'GET /sidecars/formats',
      Response.json({ code: 'internal', detail: 'It broke.' }, { status: 500 }),
    )
    const { wrapper } = await open(MoveInPart, '/transfer/move-in')
    expect(wrapper.text()).toContain('It broke.')
    await press('Try again')
    await vi.waitFor(() => {
      expect(current.server.calls.filter(({ path }) => path === '/sidecars/formats')).toHaveLength(2)
    })
  })
})
