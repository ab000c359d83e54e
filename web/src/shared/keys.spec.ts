import { describe, expect, it } from 'vitest'
import { assertFree, belongsToElement, keyLabels, strokeOf } from './keys'

const press = (key: string, init: KeyboardEventInit = {}) => new KeyboardEvent('keydown', { key, ...init })

describe('strokeOf', () => {
  it.each([
    ['g', {}, 'g'],
    ['G', { shiftKey: true }, 'shift+g'],
    ['?', { shiftKey: true }, '?'],
    ['k', { ctrlKey: true }, 'mod+k'],
    ['Enter', { ctrlKey: true }, 'mod+enter'],
    ['ArrowDown', { shiftKey: true }, 'shift+arrowdown'],
    [' ', {}, 'space'],
    ['Shift', { shiftKey: true }, null],
  ])('names %j with %j as %j', (key, init, stroke) => {
    expect(strokeOf(press(key, init))).toBe(stroke)
  })
})

describe('assertFree', () => {
  it.each(['mod+a', 'mod+r', 'alt+arrowleft', 'g mod+w'])(
    'refuses %s, which belongs to the browser',
    (keys) => {
      expect(() => {
        assertFree(keys)
      }).toThrow('belongs to the browser')
    },
  )

  it.each(['mod+k', 'mod+enter', 'mod+s', 'g l', '?', 'shift+x'])('takes %s', (keys) => {
    expect(() => {
      assertFree(keys)
    }).not.toThrow()
  })
})

describe('belongsToElement', () => {
  const element = (html: string) => {
    document.body.innerHTML = html
    return document.querySelector('[data-here]')
  }

  it.each([
    ['<input data-here>', 'a', true],
    ['<textarea data-here></textarea>', 'mod+k', true],
    ['<textarea data-here></textarea>', 'mod+enter', false],
    ['<textarea data-here></textarea>', 'mod+s', false],
    ['<textarea data-here></textarea>', 'enter', true],
    ['<div contenteditable><b data-here>x</b></div>', 'x', true],
    ['<input type="checkbox" data-here>', 'x', false],
    ['<div role="menu"><button data-here></button></div>', 'g', true],
    ['<div role="menu"><button data-here></button></div>', 'mod+k', false],
    ['<div role="slider" data-here></div>', 'arrowright', true],
    ['<select data-here></select>', 'a', true],
    ['<select data-here></select>', '/', false],
    ['<select data-here></select>', 'mod+k', false],
    ['<button data-here></button>', 'enter', true],
    ['<a href="/" data-here></a>', 'enter', true],
    ['<button data-here></button>', 'a', false],
    ['<div data-here></div>', 'enter', false],
  ])('for %s the key %s: %s', (html, stroke, belongs) => {
    expect(belongsToElement(element(html), stroke)).toBe(belongs)
  })
})

it('shows keys as they are printed', () => {
  expect(keyLabels('mod+k')).toEqual(['Ctrl', 'K'])
  expect(keyLabels('escape')).toEqual(['Esc'])
})
