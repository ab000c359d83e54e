import { afterEach, describe, expect, it, vi } from 'vitest'
import type { VueWrapper } from '@vue/test-utils'
import { settled } from '@/shared/testing'
import { press, useTransferServer } from '../testing'
import ImportPart from './ImportPart.vue'
import { useUploads } from './useUploads'

vi.mock('@/live/useLive', () => ({ useLive: vi.fn() }))
const uploads = vi.hoisted(() => ({ dropped: [] as string[], count: 0 }))
vi.mock('@/api/uploads', () => ({
  beginUpload: () => Promise.resolve(`u${++uploads.count}`),
  uploadOffset: () => Promise.resolve(0),
  sendUpload: (_: string, offset: number, content: Blob) => Promise.resolve(offset + content.size),
  dropUpload: (id: string) => {
    uploads.dropped.push(id)
    return Promise.resolve()
  },
}))

const { current, open } = useTransferServer()
afterEach(() => useUploads().clear())

async function choose(wrapper: VueWrapper, ...names: string[]) {
  const box = wrapper.get<HTMLInputElement>('input[type=file]')
  const files = names.map((name) => new File(['content'], name, { lastModified: 1 }))
  Object.defineProperty(box.element, 'files', { value: files, configurable: true })
  await box.trigger('change')
  await settled()
}

const compare = async (wrapper: VueWrapper) => {
  await wrapper.get('form').trigger('submit')
  await settled()
}

describe('the import', () => {
  it('sends files, and plans with those that have arrived', async () => {
    const { wrapper, router } = await open(ImportPart, '/transfer/import')
    await choose(wrapper, 'library.zip')
    expect(wrapper.text()).toMatch(/library\.zip.*Sent/)
    await compare(wrapper)
    expect(current.server.sent('/imports')[0]?.body).toMatchObject({
      upload_ids: [`u${uploads.count}`],
      target_root_id: 'r1',
      policy: 'ask',
    })
    expect(router.currentRoute.value.query).toEqual({ plan: 't1' })
    expect(wrapper.text()).toContain('Reading')
  })

  it('asks for a key only where something is locked', async () => {
    const { wrapper } = await open(ImportPart, '/transfer/import')
    await choose(wrapper, 'library.zip')
    expect(wrapper.find('input[type=password]').exists()).toBe(false)
    await choose(wrapper, 'secret.zip.age')
    await wrapper.get('input[type=password]').setValue('open sesame')
    await press('Show what is typed')
    expect(wrapper.find('input[type=password]').exists()).toBe(false)
    await compare(wrapper)
    expect(current.server.sent('/imports')[0]?.body).toMatchObject({ passphrase: 'open sesame' })
  })

  it('says beside a field what the server says of it', async () => {
    const errors = [{ location: 'body.target_root_id', message: 'This folder cannot be written to.' }]
    const refusal = { code: 'invalid', detail: 'Wrong.', errors }
    current.server.instead.set('POST /imports', Response.json(refusal, { status: 422 }))
    const { wrapper } = await open(ImportPart, '/transfer/import')
    await choose(wrapper, 'library.zip')
    await compare(wrapper)
    expect(wrapper.get('[role=alert]').text()).toBe('This folder cannot be written to.')
  })

  it('takes a file out, here and at the server', async () => {
    const { wrapper } = await open(ImportPart, '/transfer/import')
    await choose(wrapper, 'library.zip')
    await press('Remove library.zip')
    expect(uploads.dropped).toContain(`u${uploads.count}`)
    expect(wrapper.text()).not.toContain('library.zip')
  })

  it('gives up the plan that another one takes the place of', async () => {
    const { wrapper, router } = await open(ImportPart, '/transfer/import?instead=old')
    await choose(wrapper, 'library.zip')
    await compare(wrapper)
    expect(current.server.sent('/transfers/old/cancel')).toHaveLength(1)
    expect(router.currentRoute.value.query).toEqual({ plan: 't1' })
  })
})
