import { link, mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

/**
 * Copies a library without copying its bytes. That is safe because the program never
 * writes into a file of a library: it moves them.
 */
export async function cloneTree(from: string, to: string): Promise<string> {
  await mkdir(to, { recursive: true })
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)]
    if (entry.isDirectory()) await cloneTree(source, target)
    else await link(source, target)
  }
  return to
}

/** Writes a small valid adapter for Stable Diffusion 1; the salt makes each one a file of its own. */
export async function writeAdapter(
  file: string,
  { salt, metadata = {} }: { salt: number; metadata?: Record<string, string> },
): Promise<void> {
  const module = 'lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k'
  const tensors = [
    { name: `${module}.lora_down.weight`, shape: [2, 768] },
    { name: `${module}.lora_up.weight`, shape: [320, 2] },
  ]
  let end = 0
  const header: Record<string, unknown> = { __metadata__: metadata }
  for (const { name, shape } of tensors) {
    const begin = end
    end += shape.reduce((product, side) => product * side, 2)
    header[name] = { dtype: 'F16', shape, data_offsets: [begin, end] }
  }
  const json = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  const data = Buffer.alloc(end)
  data.writeUInt32LE(salt)
  await writeFile(file, Buffer.concat([length, json, data]))
}
