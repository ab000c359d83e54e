import type { Language } from '.'

/**
 * Words that a language shares with English. A translation may equal the English
 * text only when each of its words is listed; everything else was forgotten.
 */
export const loanWords: Record<Exclude<Language, 'en'>, string> = {
  de: 'Adapter AUTOMATIC AutoV BLAKE C CivArchive Civitai CLIP ComfyUI Commit Computer cpp CRC diffusion Download Downloads Engine Engines Export Face Forge Format Helper Host Hub Hubs Hugging Import InvokeAI LoRA Manager Matrix modelspec ms Name Next OK Parameter Passphrase Port PostgreSQL Prompt Prompts Redis Sampler Scheduler SD Seed SHA SQLite sshs Stability stable SwarmUI System Text Training VAE Version Video W Worker',
  zh: 'AUTOMATIC AutoV BLAKE C CivArchive Civitai CLIP ComfyUI cpp CRC diffusion Face Forge Helper Hugging InvokeAI LoRA Manager Matrix modelspec Next PostgreSQL Redis SD SHA SQLite sshs Stability stable SwarmUI VAE W',
}
