import { describe, expect, it } from 'vitest'
import type { Finding } from '@/api/generated'
import { healthOf, hueOf, initials, previewUrl, promptToken, weightText } from './present'

describe('previewUrl', () => {
  it('adds the width and what makes the address unique to this version', () => {
    const preview = { url: '/api/v1/adapters/1/preview?n=2', etag: '"abc"' }
    expect(previewUrl(preview, 320)).toBe('/api/v1/adapters/1/preview?n=2&w=320&v=abc')
  })

  it('leaves the address alone when there is nothing to add', () => {
    expect(previewUrl({ url: '/api/v1/adapters/1/preview', etag: '' })).toBe('/api/v1/adapters/1/preview')
  })
})

describe('promptToken', () => {
  it.each([
    ['ink-style.safetensors', 0.8, '<lora:ink-style:0.8>'],
    ['v1.5 cat.PT', 1, '<lora:v1.5 cat:1>'],
    ['x.safetensors', 0.30000000000000004, '<lora:x:0.3>'],
    ['x.safetensors', -0.5, '<lora:x:-0.5>'],
  ])('writes %s at %d', (file_name, weight, token) => {
    expect(promptToken({ file_name, weight })).toBe(token)
  })

  it('has at most two decimals', () => {
    expect(weightText(0.123456)).toBe('0.12')
  })
})

describe('initials', () => {
  it.each([
    ['Ink Style', 'IS'],
    ['pixel_art-v2', 'PA'],
    ['水墨', '水'],
    ['---', '?'],
  ])('of %s are %s', (name, letters) => {
    expect(initials(name)).toBe(letters)
  })
})

describe('healthOf', () => {
  const finding = (severity: Finding['severity']): Finding => ({
    code: 'x',
    severity,
    message: '',
    advice: '',
  })

  it('names the worst', () => {
    expect(healthOf({ file_state: 'missing', findings: [finding('defect')] })).toBe('missing')
    expect(healthOf({ file_state: 'ok', findings: [finding('warning'), finding('defect')] })).toBe('defect')
    expect(healthOf({ file_state: 'ok', findings: [finding('warning')] })).toBe('warning')
    expect(healthOf({ file_state: 'ok', findings: [finding('info')] })).toBeNull()
  })
})

it('gives a text the same hue every time', () => {
  expect(hueOf('Ink')).toBe(hueOf('Ink'))
  expect(hueOf('Ink')).toBeLessThan(360)
})
