import type { ResultAdapter } from '@/api/generated'

/** The weight of an adapter in a result, with that of the text encoders where it differs: "0.8 / 0.5". */
export function weightText(use: Pick<ResultAdapter, 'weight' | 'text_encoder'>): string {
  const own = short(use.weight)
  const texts = use.text_encoder?.map(short).join(' / ')
  return texts && texts !== own ? `${own} / ${texts}` : own
}

/** Prompts write weights with a point in every language. */
function short(weight: number): string {
  return String(Math.round(weight * 1000) / 1000)
}
