import { describe, expect, it } from 'vitest'
import { plainPrompt, sizeText, thumbnailUrl } from './present'

describe('plainPrompt', () => {
  it.each([
    ['leaves adapter tags out', 'a fox <lora:ink:0.8> in grass<lyco:x:1>', 'a fox in grass'],
    ['keeps what only looks like one', 'a < b and c > d', 'a < b and c > d'],
    ['draws lines together', 'one\n  two', 'one two'],
  ])('%s', (_, prompt, plain) => {
    expect(plainPrompt(prompt)).toBe(plain)
  })
})

it('thumbnailUrl asks for another width of the same picture', () => {
  expect(thumbnailUrl({ thumbnail_url: '/api/v1/pictures/ab/thumbnail?w=480' }, 160)).toBe(
    '/api/v1/pictures/ab/thumbnail?w=160',
  )
})

it('sizeText prefers what was made to what was asked for', () => {
  const image = { width: 1024, height: 1024 }
  expect(sizeText({ images: [image] as never, width: 512, height: 512 })).toBe('1024×1024')
  expect(sizeText({ images: [], width: 512, height: 768 })).toBe('512×768')
  expect(sizeText({ images: [], width: null, height: null })).toBe('')
})
