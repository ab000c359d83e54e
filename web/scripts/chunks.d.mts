export interface Chunk {
  file: string
  css?: string[]
  assets?: string[]
  imports?: string[]
}
export function chunksOf(modules: string[]): Chunk[]
