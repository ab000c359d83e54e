import { serverUrl } from '@/api/base'
import type { Result, ResultImage } from '@/api/generated'

const widths = [160, 320, 480, 640, 960] as const

/** The address of a picture as it was made. */
export function pictureUrl(image: Pick<ResultImage, 'url'>): string {
  return serverUrl(image.url)
}

/** The address of a picture as a thumbnail of some width. */
export function thumbnailUrl(
  image: Pick<ResultImage, 'thumbnail_url'>,
  width: (typeof widths)[number],
): string {
  const [path = ''] = image.thumbnail_url.split('?')
  return serverUrl(`${path}?w=${String(width)}`)
}

/** Thumbnails for an img element to choose from. */
export function thumbnailSrcset(image: Pick<ResultImage, 'thumbnail_url'>): string {
  return widths.map((width) => `${thumbnailUrl(image, width)} ${String(width)}w`).join(', ')
}

/** The prompt without its adapter tags, for a place with little room. */
export function plainPrompt(prompt: string): string {
  return prompt
    .replaceAll(/<(?:lora|lyco|lyc|hypernet):[^<>]*>/gi, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

/** "512×768" of the first picture, or of what was asked for. */
export function sizeText(result: Pick<Result, 'images' | 'width' | 'height'>): string {
  const { width, height } = result.images[0] ?? result
  return width && height ? `${String(width)}×${String(height)}` : ''
}

/** When a result was done, or asked for where it never was. */
export function momentOf(result: Pick<Result, 'finished_at' | 'created_at'>): string {
  return result.finished_at ?? result.created_at
}
