/** Sizes that models are trained on, by width and height. */
const usual = [
  [512, 512],
  [512, 768],
  [768, 512],
  [768, 768],
  [1024, 1024],
  [832, 1216],
  [1216, 832],
  [896, 1152],
  [1152, 896],
  [768, 1344],
  [1344, 768],
  [1536, 640],
] as const

export interface SizePreset {
  key: string
  width: number
  height: number
  /** The sides in small whole numbers, as "3:2". */
  ratio: string
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b)
}

export const sizePresets: readonly SizePreset[] = usual.map(([width, height]) => {
  const common = divisor(width, height)
  return { key: `${width}x${height}`, width, height, ratio: `${width / common}:${height / common}` }
})
