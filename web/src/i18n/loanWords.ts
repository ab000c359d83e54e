import type { Language } from '.'

/**
 * Words that a language shares with English. A translation may equal the English
 * text only when each of its words is listed; everything else was forgotten.
 */
export const loanWords: Record<Exclude<Language, 'en'>, string> = {
  de: 'Adapter C Commit Computer Download Engine Engines LoRA Manager OK PostgreSQL Prompt Redis SQLite System Version W Worker ms',
  zh: 'C LoRA Manager PostgreSQL Redis SQLite W',
}
