import { describe, expect, it } from 'vitest'
import { segmentsOf } from './segments'

const token = (start: number, end: number) => ({ start, end, text: '', adapter_id: 'a' })
const cut = (prompt: string, ...tokens: ReturnType<typeof token>[]) =>
  segmentsOf(prompt, tokens).map(({ text, token: of }) => (of ? `[${text}]` : text))

describe('segmentsOf', () => {
  it.each([
    ['no token', 'a cat', [], ['a cat']],
    ['a token in the middle', 'a <x> b', [token(2, 5)], ['a ', '[<x>]', ' b']],
    ['tokens at both ends', '<x> <y>', [token(0, 3), token(4, 7)], ['[<x>]', ' ', '[<y>]']],
    ['tokens side by side', '<x><y>', [token(0, 3), token(3, 6)], ['[<x>]', '[<y>]']],
    ['tokens in any order', '<x> <y>', [token(4, 7), token(0, 3)], ['[<x>]', ' ', '[<y>]']],
    ['tokens that overlap', '<x> <y>', [token(0, 5), token(3, 7)], ['[<x> <]', 'y>']],
    ['a token beyond the end', 'ab', [token(1, 9)], ['ab']],
    ['an empty token', 'ab', [token(1, 1)], ['ab']],
    ['nothing', '', [], []],
  ])('cuts a prompt with %s', (_, prompt, tokens, pieces) => {
    expect(cut(prompt, ...tokens)).toEqual(pieces)
  })

  it('counts as browsers do: a picture character is two units', () => {
    expect(cut('🦊 <x>', token(3, 6))).toEqual(['🦊 ', '[<x>]'])
  })

  it('loses no character', () => {
    expect(cut('a <x> b <y>', token(2, 5), token(8, 11)).join('').replace(/[[\]]/g, '')).toBe('a <x> b <y>')
  })
})
