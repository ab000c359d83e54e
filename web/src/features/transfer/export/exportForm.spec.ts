import { describe, expect, it } from 'vitest'
import { emptyForm, exportOf, problemsOf, scopeOf } from './exportForm'

const all = { kind: 'all' } as const

describe('scopeOf', () => {
  it('asks for everything until something is left out', () => {
    expect(scopeOf(emptyForm(), all)).toEqual({
      loras: true,
      lora_files: true,
      generations: true,
      images: true,
      include: { compositions: true, taste: true },
      system_config: true,
      analytics: true,
      compression: 'balanced',
    })
  })

  it('takes the last day of a span along to its end', () => {
    const { generation_range, date_from, date_to } = scopeOf(
      { ...emptyForm(), from: '2026-01-05', until: '2026-01-06' },
      all,
    )
    expect(generation_range).toBe('date_range')
    expect(new Date(date_from as string)).toEqual(new Date('2026-01-05T00:00:00'))
    expect(new Date(date_to as string)).toEqual(new Date('2026-01-06T23:59:59.999'))
  })

  it('names days, pictures and adapters only where they matter', () => {
    const form = { ...emptyForm(), jobs: false, adapters: false, from: '2026-01-05' }
    const scope = scopeOf(form, { kind: 'some', ids: ['a'] })
    expect(Object.keys(scope)).not.toEqual(
      expect.arrayContaining(['generation_range', 'date_from', 'images', 'adapter_ids']),
    )
    expect(scope.lora_files).toBe(false)
  })

  it.each([
    [{ kind: 'some', ids: ['a', 'b'] } as const, { adapter_ids: ['a', 'b'] }],
    [{ kind: 'search', q: 'base:sdxl' } as const, { search: 'base:sdxl' }],
  ])('asks for what was chosen in the library: %o', (chosen, expected) => {
    expect(scopeOf(emptyForm(), chosen)).toMatchObject(expected)
  })
})

describe('exportOf', () => {
  it('sends one kind of key and nothing of the other', () => {
    const form = { ...emptyForm(), passphrase: 'a long one', repeated: 'a long one', recipients: 'age1x' }
    expect(exportOf(form, all)).not.toHaveProperty('encrypt')
    expect(exportOf({ ...form, protection: 'passphrase' }, all)).toMatchObject({
      encrypt: true,
      password: 'a long one',
    })
    const forKeys = exportOf({ ...form, protection: 'recipients' }, all)
    expect(forKeys).toMatchObject({ encrypt: true, recipients: ['age1x'] })
    expect(forKeys).not.toHaveProperty('password')
  })
})

describe('problemsOf', () => {
  it('finds nothing wrong with the form as it opens', () => {
    expect(problemsOf(emptyForm())).toEqual({})
  })

  it('refuses an archive of nothing', () => {
    const form = {
      ...emptyForm(),
      adapters: false,
      jobs: false,
      compositions: false,
      taste: false,
      settings: false,
      analytics: false,
    }
    expect(problemsOf(form)).toEqual({ adapters: 'nothing' })
  })

  it('refuses a span of days that ends before it begins, where days matter', () => {
    const form = { ...emptyForm(), from: '2026-02-01', until: '2026-01-01' }
    expect(problemsOf(form)).toEqual({ until: 'order' })
    expect(problemsOf({ ...form, jobs: false })).toEqual({})
  })

  it('wants a passphrase that is long enough, twice the same', () => {
    const form = { ...emptyForm(), protection: 'passphrase' as const }
    expect(problemsOf({ ...form, passphrase: 'short', repeated: 'short' })).toEqual({ passphrase: 'short' })
    expect(problemsOf({ ...form, passphrase: 'long enough', repeated: 'long enouhg' })).toEqual({
      repeated: 'differs',
    })
  })

  it('wants keys that can be keys', () => {
    const form = { ...emptyForm(), protection: 'recipients' as const }
    const key = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'
    expect(problemsOf(form)).toEqual({ recipients: 'none' })
    expect(problemsOf({ ...form, recipients: `${key}\nssh-rsa AAAA` })).toEqual({ recipients: 'malformed' })
    expect(problemsOf({ ...form, recipients: `${key}\n${key}` })).toEqual({})
  })
})
