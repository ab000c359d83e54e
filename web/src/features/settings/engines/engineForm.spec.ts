import { describe, expect, it } from 'vitest'
import { engineForm, placeOf, toEngine } from './engineForm'

const form = { ...engineForm(), name: ' mine ', url: ' http://host:1 ' }

describe('what is sent of an engine', () => {
  it('is what was typed, without blanks around it', () => {
    expect(toEngine(form)).toMatchObject({ name: 'mine', url: 'http://host:1', timeout_seconds: 600 })
  })

  it('is the usual address when none was typed', () => {
    expect(toEngine({ ...form, kind: 'comfyui', url: '' }).url).toBe('http://127.0.0.1:8188')
  })

  it.each([
    ['is kept when the box is empty', {}, undefined],
    ['is replaced by what was typed', { password: 'new' }, 'new'],
    ['is removed when asked to', { removesPassword: true }, ''],
    ['is replaced rather than removed', { removesPassword: true, password: 'new' }, 'new'],
  ])('has a password that %s', (_, change, password) => {
    expect(toEngine({ ...form, ...change }).password).toBe(password)
  })

  it('says how to start it, where the server does', () => {
    const managed = toEngine({
      ...form,
      kind: 'sdcpp',
      isManaged: true,
      binary: '/sd',
      model: '/m',
      args: '--a\n\n --b 1 ',
    })
    expect(managed.managed).toEqual({ binary: '/sd', model: '/m', args: ['--a', '--b 1'] })
    expect(managed).not.toHaveProperty('url')
  })

  it('starts nothing for other kinds', () => {
    expect(toEngine({ ...form, isManaged: true })).not.toHaveProperty('managed')
  })
})

it('finds the server’s sentence about a field', () => {
  expect([placeOf('binary'), placeOf('name')]).toEqual(['managed.binary', 'name'])
})
