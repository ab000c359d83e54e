import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import { dismissToast, useToasts } from '@/shared/toasts'
import { mountInApp } from '@/shared/testing'
import { nothing, selectAll, toggle } from '@/shared/grid/selection'
import { useLibrary } from '../useLibrary'
import { useExport } from './useExport'

describe('useExport', () => {
  const server = vi.fn<(request: Request) => Promise<Response>>()
  const saved: string[] = []
  const toasts = useToasts()
  let menus: ReturnType<typeof useExport>
  let unmount: () => void

  const file = () =>
    new Response('[\n]\n', { headers: { 'Content-Disposition': 'attachment; filename="a.json"' } })
  const sent = () => server.mock.calls[0]![0].json() as Promise<unknown>

  beforeEach(() => {
    server.mockReset()
    saved.length = 0
    for (const { id } of toasts.value) dismissToast(id)
    vi.stubGlobal('fetch', server)
    vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:file')
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
      saved.push(this.download)
    })
    const { results, selection } = useLibrary()
    results.query.value = { q: 'cat', sort: 'relevance', order: 'desc' }
    results.count.value = 1200
    selection.value = nothing
    const { wrapper } = mountInApp(
      defineComponent(() => {
        menus = useExport()
        return () => h('div')
      }),
    )
    unmount = () => {
      wrapper.unmount()
    }
  })
  afterEach(() => {
    unmount()
  })

  it('asks for everything the list shows, in its order, and saves it', async () => {
    server.mockResolvedValue(file())
    menus.listed()[0]!.run()
    expect(toasts.value).toMatchObject([{ title: 'Exporting 1,200 adapters …', duration: Infinity }])
    await flushPromises()
    expect(await sent()).toEqual({ q: 'cat', sort: 'relevance', order: 'desc', format: 'json' })
    expect(saved).toEqual(['a.json'])
    expect(toasts.value).toMatchObject([{ tone: 'success', title: 'Exported', detail: 'a.json, 4 bytes' }])
  })

  it('asks for what is selected at the time of the click', async () => {
    server.mockResolvedValue(file())
    const { selection } = useLibrary()
    const csv = menus.selected()[1]!
    selection.value = toggle(nothing, 'one', 0)
    csv.run()
    await flushPromises()
    expect(await sent()).toMatchObject({ lora_ids: ['one'], format: 'csv' })
  })

  it('leaves out what is not selected', async () => {
    server.mockResolvedValue(file())
    useLibrary().selection.value = toggle(selectAll(nothing), 'one', 0)
    menus.selected()[0]!.run()
    expect(toasts.value).toMatchObject([{ title: 'Exporting 1,199 adapters …' }])
    await flushPromises()
    expect(await sent()).toMatchObject({ q: 'cat', except_ids: ['one'] })
  })

  it('shows what the server says about a failure', async () => {
    server.mockResolvedValue(Response.json({ code: 'invalid', detail: 'Unknown field.' }, { status: 422 }))
    menus.listed()[0]!.run()
    await flushPromises()
    expect(saved).toEqual([])
    expect(toasts.value).toMatchObject([
      { tone: 'danger', title: 'Nothing was exported', detail: 'Unknown field.' },
    ])
  })

  it('gives up without a word when it is cancelled', async () => {
    server.mockImplementation(
      (request) =>
        new Promise((_, reject) => {
          request.signal.addEventListener('abort', () => {
            reject(new DOMException('given up', 'AbortError'))
          })
        }),
    )
    menus.listed()[0]!.run()
    await toasts.value[0]!.action!.run()
    await flushPromises()
    expect(saved).toEqual([])
    expect(toasts.value).toEqual([])
  })
})
