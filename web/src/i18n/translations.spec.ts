import { describe, expect, it } from 'vitest'
import { loanWords } from './loanWords'
import { usedKeys } from './usedKeys'

interface Texts {
  [key: string]: string | Texts
}

/**
 * Modules that nobody has translated yet. English stands in for them. A module
 * that is translated leaves this list, and no list may name one that is there.
 */
const untranslated = {
  de: [] as string[],
  zh: [] as string[],
}

const files = import.meta.glob<Record<string, Texts>>('./{en,de,zh}/*.ts', { eager: true })
const translations = ['de', 'zh'] as const

/** The modules of a language: what each file other than index.ts exports. */
function modulesOf(language: string): Map<string, Texts> {
  const found = Object.entries(files).filter(([path]) => path.startsWith(`./${language}/`))
  return new Map(
    found.flatMap(([path, exported]) => {
      const name = path.split('/').at(-1)!.replace('.ts', '')
      return name === 'index' ? [] : [[name, Object.values(exported)[0]!] as const]
    }),
  )
}

function flatten(texts: Texts, prefix = ''): [string, string][] {
  return Object.entries(texts).flatMap(([key, text]) =>
    typeof text === 'string' ? [[prefix + key, text] as [string, string]] : flatten(text, `${prefix}${key}.`),
  )
}

const english = modulesOf('en')

/** The keys as the app asks for them: those of ui and app stand at the top. */
function keysOfModule(name: string): string[] {
  return flatten(english.get(name)!, name === 'ui' || name === 'app' ? '' : `${name}.`).map(([key]) => key)
}

const placeholders = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort()
const forms = (text: string) => text.split(' | ').length

/** Chinese has one form; it keeps a sentence of its own for none where English has one. */
const formsIn = { de: (count: number) => count, zh: (count: number) => Math.max(1, count - 1) }

/** A text's words without placeholders; what has none, such as "{name}", needs no translation. */
const words = (text: string) => text.replaceAll(/\{\w+\}/g, ' ').match(/\p{L}+/gu) ?? []

describe.each(translations)('the texts in %s', (language) => {
  const modules = modulesOf(language)

  it('are those of English, module by module', () => {
    const expected = [...english.keys()].filter((name) => !untranslated[language].includes(name))
    expect([...modules.keys()].sort()).toEqual(expected.sort())
  })

  describe.each([...modules.keys()])('of %s', (name) => {
    const translated = new Map(flatten(modules.get(name)!))
    const originals = flatten(english.get(name) ?? {})

    it('have just the keys that the English ones have, in their order', () => {
      expect([...translated.keys()]).toEqual(originals.map(([key]) => key))
    })

    it('keep placeholders and plural forms', () => {
      const shapes = (of: (key: string, text: string) => [string, number, string[]]) =>
        originals.map(([key, text]) => [key, ...of(key, text)])
      expect(
        shapes((key) => {
          const text = translated.get(key) ?? ''
          return [key, forms(text), placeholders(text)]
        }),
      ).toEqual(shapes((key, text) => [key, formsIn[language](forms(text)), placeholders(text)]))
    })

    it('are not left in English', () => {
      const shared = new Set(loanWords[language].split(' '))
      const left = originals.filter(
        ([key, text]) => translated.get(key) === text && words(text).some((word) => !shared.has(word)),
      )
      expect(left).toEqual([])
    })

    it('are all written', () => {
      expect([...translated].filter(([, text]) => text.trim() === '')).toEqual([])
    })
  })
})

describe('the English texts', () => {
  const isUsed = usedKeys()

  it.each([...english.keys()])('of %s are all used', (name) => {
    expect(keysOfModule(name).filter((key) => !isUsed(key))).toEqual([])
  })
})
