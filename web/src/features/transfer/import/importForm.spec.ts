import { describe, expect, it } from 'vitest'
import { emptyForm, importOf, isArchive } from './importForm'

const plain = [{ id: 'u1', path: 'library.zip' }]
const locked = [...plain, { id: 'u2', path: 'secret.zip.age' }]

describe('importOf', () => {
  it('names the uploads, the folder and what to take; settings only on request', () => {
    expect(importOf({ ...emptyForm(), rootId: 'r' }, plain)).toEqual({
      upload_ids: ['u1'],
      target_root_id: 'r',
      policy: 'ask',
      include: { adapters: true, files: true, compositions: true, jobs: true, taste: true, settings: false },
    })
  })

  it('takes files only with their adapters', () => {
    const form = emptyForm()
    form.include.adapters = false
    expect(importOf(form, plain).include?.files).toBe(false)
  })

  it('sends keys only where something is locked', () => {
    const form = { ...emptyForm(), passphrase: 'open', identities: 'AGE-SECRET-KEY-1A\n AGE-SECRET-KEY-1B ' }
    expect(importOf(form, plain)).not.toHaveProperty('passphrase')
    expect(importOf(form, plain)).not.toHaveProperty('identities')
    expect(importOf(form, locked)).toMatchObject({
      passphrase: 'open',
      identities: ['AGE-SECRET-KEY-1A', 'AGE-SECRET-KEY-1B'],
    })
  })
})

describe('isArchive', () => {
  it.each([
    ['a.zip', true],
    ['a.ZIP.age', true],
    ['a.safetensors', false],
  ])('%s: %s', (path, expected) => {
    expect(isArchive(path)).toBe(expected)
  })
})
