import { describe, expect, it, vi } from 'vitest'
import { settled } from '@/shared/testing'
import { useToasts } from '@/shared/toasts'
import '@/shared/testingTexts'
import { makeDownload, makeFile, makeOverview, makePeek, makeVersion } from '../fixtures'
import { buttonOf, live, press, refusal, useHubServer } from '../testing'
import DownloadsPage from './DownloadsPage.vue'

vi.mock('@/live/useLive', async () => ({ useLive: (await import('../testing')).live.listen }))

const { answer, sent, open } = useHubServer()
const pageText = () => document.body.textContent
const running = makeDownload('a', {
  state: 'running',
  bytes: 524_288,
  bytes_per_second: 262_144,
  attempts: 1,
})

async function ask(typed: string) {
  await press('Add download')
  await vi.waitFor(() => buttonOf('Look at it'))
  const input = document.querySelector<HTMLInputElement>('[role=dialog] input')!
  input.value = typed
  input.dispatchEvent(new Event('input'))
  await settled()
  await press('Look at it')
}

describe('the downloads', () => {
  it('say how far they are, how fast and how long it takes', async () => {
    answer('GET /downloads', () => ({ downloads: [running] }))
    await open(DownloadsPage)
    expect(pageText()).toContain('512 kB of 1 MB')
    expect(pageText()).toContain('256 kB per second')
    expect(pageText()).toContain('2 sec left')
  })

  it('follow the server, also when it only says that the list changed', async () => {
    answer('GET /downloads', () => ({ downloads: [running] }))
    await open(DownloadsPage)
    await live.send({
      download_changed: { download: { ...running, state: 'failed', error: 'The disk is full.' } },
    })
    expect(pageText()).toContain('The disk is full.')
    answer('GET /downloads', () => ({ downloads: [makeDownload('z')] }))
    await live.send({ download_changed: { download: null } })
    expect(pageText()).toContain('Model z')
  })

  it.each([
    ['Pause Model a', 'pause', 'running'],
    ['Go on with Model a', 'resume', 'paused'],
    ['Retry Model a', 'retry', 'failed'],
    ['Cancel Model a', 'cancel', 'queued'],
  ] as const)('are steered by the button %s', async (button, verb, state) => {
    answer('GET /downloads', () => ({ downloads: [{ ...running, state }] }))
    answer(`POST /downloads/a/${verb}`, () => ({ download: { ...running, state: 'queued' } }))
    await open(DownloadsPage)
    await press(button)
    expect(sent(`POST /downloads/a/${verb}`)).toHaveLength(1)
  })

  it('change their order and keep the focus where it was', async () => {
    const downloads = ['a', 'b', 'c'].map((id) => makeDownload(id))
    answer('GET /downloads', () => ({ downloads }))
    answer('PATCH /downloads', () => ({ downloads: [downloads[1], downloads[0], downloads[2]] }))
    await open(DownloadsPage)
    buttonOf('Move Model a down').focus()
    await press('Move Model a down')
    expect(sent('PATCH /downloads')[0]?.body).toEqual({ ids: ['b', 'a', 'c'] })
    expect(document.activeElement).toBe(buttonOf('Move Model a down'))
  })

  it('lead to the adapter they became, and leave the list apart from those that failed', async () => {
    const downloads = [
      makeDownload('a', { state: 'done', adapter_id: 'x' }),
      makeDownload('b', { state: 'failed' }),
      makeDownload('c', { state: 'cancelled' }),
    ]
    answer('GET /downloads', () => ({ downloads }))
    answer('DELETE /downloads/a', () => null)
    answer('DELETE /downloads/c', () => null)
    await open(DownloadsPage)
    expect(buttonOf('Open adapter Model a')).toBeTruthy()
    await press('Clear the list')
    expect(useToasts().value.at(-1)?.title).toBe('2 entries cleared')
    expect(pageText()).toContain('Model b')
    expect(pageText()).not.toContain('Model c')
  })

  it('say how hubs are turned on where none is', async () => {
    answer('GET /hub', () => makeOverview(false))
    const { wrapper } = await open(DownloadsPage)
    expect(wrapper.text()).toContain('Nothing is sent to any hub.')
    expect(wrapper.findAll('button')).toHaveLength(0)
  })
})

describe('adding a download', () => {
  it('looks at the file first, and orders the one that was looked at', async () => {
    answer('POST /hub/peek', () => makePeek())
    answer('POST /downloads', () => ({ download: makeDownload('n') }))
    await open(DownloadsPage)
    await ask('5001')
    expect(sent('POST /hub/peek')[0]?.body).toEqual({ hub: 'civitai', version_id: '5001' })
    expect(pageText()).toContain('Ink Wash · v1')
    expect(pageText()).toContain('loras · 10 GB free')
    await press('Download')
    expect(sent('POST /downloads')[0]?.body).toEqual({
      hub: 'civitai',
      model_id: '1001',
      version_id: '5001',
      file_id: '500100',
      root_id: 'r1',
      folder: '',
      twice: false,
    })
    expect(pageText()).toContain('Model n')
  })

  it('says why the hub cannot be asked, and lets one type anew', async () => {
    answer('POST /hub/peek', () => refusal('invalid', 'This is not the address of a model.', 422))
    await open(DownloadsPage)
    await ask('https://example.org')
    expect(pageText()).toContain('This is not the address of a model.')
    expect(document.querySelector<HTMLInputElement>('[role=dialog] input')?.value).toBe('https://example.org')
  })

  it('offers no download of a version that is kept back, and says why', async () => {
    const version = makeVersion({ downloadable: false, why_not: 'It is in early access until May.' })
    answer('POST /hub/peek', () => makePeek({ version }))
    await open(DownloadsPage)
    await ask('5001')
    expect(pageText()).toContain('It is in early access until May.')
    expect(() => buttonOf('Download')).toThrow()
  })

  it('asks whether a file that is here is wanted once more', async () => {
    answer('POST /hub/peek', () => makePeek({ adapter_ids: ['x'] }))
    await open(DownloadsPage)
    await ask('5001')
    expect((buttonOf('Download') as HTMLButtonElement).disabled).toBe(true)
    document.querySelector<HTMLElement>('[role=checkbox]')!.click()
    await settled()
    expect((buttonOf('Download') as HTMLButtonElement).disabled).toBe(false)
  })

  it('warns when a folder has no room, and looks again for another file', async () => {
    const files = [makeFile(), makeFile({ id: '2', name: 'pruned.safetensors', primary: false })]
    const space = [{ root_id: 'r1', free_bytes: 1_024, fits: false }]
    answer('POST /hub/peek', () => makePeek({ version: makeVersion({ files }), space }))
    await open(DownloadsPage)
    await ask('5001')
    expect(pageText()).toContain('There is not enough room in this folder')
    const select = document.querySelector<HTMLSelectElement>('[role=dialog] select')!
    select.value = '2'
    select.dispatchEvent(new Event('change'))
    await settled()
    expect(sent('POST /hub/peek')[1]?.body).toMatchObject({ version_id: '5001', file_id: '2' })
  })

  it('shows the reason of the server and stays open', async () => {
    answer('POST /hub/peek', () => makePeek())
    answer('POST /downloads', () => refusal('forbidden', 'A token is needed.', 403))
    await open(DownloadsPage)
    await ask('5001')
    await press('Download')
    expect(document.querySelector('[role=dialog]')?.textContent).toContain('A token is needed.')
  })
})
