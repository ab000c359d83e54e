import { afterEach, describe, expect, it } from 'vitest'
import { i18n, loadTexts, pickLanguage, setLanguage } from '.'

const { t } = i18n.global

afterEach(() => setLanguage('en'))

describe('the language of the app', () => {
  it('changes in place, with every text in use, and is told to the browser', async () => {
    await loadTexts('system')
    await setLanguage('de')
    expect([t('nav.library'), t('system.title')]).toEqual(['Bibliothek', 'Systemzustand'])
    expect(document.documentElement.lang).toBe('de')
    await setLanguage('zh')
    expect([t('nav.library'), t('system.title')]).toEqual(['模型库', '系统状态'])
    expect(document.documentElement.lang).toBe('zh-Hans')
  })

  it('is the one chosen last, whichever comes first', async () => {
    await Promise.all([setLanguage('de'), setLanguage('zh'), setLanguage('en')])
    expect(t('nav.library')).toBe('Library')
  })

  it('chooses among the forms of a count as it speaks', async () => {
    const jobs = (count: number) => t('system.fact.jobs', { count }, count)
    await loadTexts('system')
    expect([0, 1, 2].map(jobs)).toEqual(['no job for it', '1 job for it', '2 jobs for it'])
    await setLanguage('de')
    expect([0, 1, 2].map(jobs)).toEqual(['kein Auftrag dafür', '1 Auftrag dafür', '2 Aufträge dafür'])
    await setLanguage('zh')
    expect([0, 1, 2].map(jobs)).toEqual(['没有任务', '1 个任务', '2 个任务'])
  })
})

describe('the language picked for a reader', () => {
  it.each([
    [['de-AT', 'en'], 'de'],
    [['fr-FR', 'zh-CN', 'en'], 'zh'],
    [['en-GB', 'de'], 'en'],
    [['fr'], 'en'],
    [[], 'en'],
  ])('is, from %j, %s', (readers, language) => {
    expect(pickLanguage(readers)).toBe(language)
  })
})
