import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

export interface EngineOptions {
  kind: 'sdnext' | 'comfyui'
  /** Milliseconds of a step. */
  step?: number
  /** Paths of the LoRAs it lists. */
  loras?: string[]
  /** Asked of every caller. */
  login?: { user: string; password: string }
  /** What is wrong with its generations; see internal/engine/enginetest. */
  habit?: 'no_pictures'
}

/** Builds the fake engines, or names those that were built already. */
export async function buildEngines(dir: string): Promise<string> {
  if (process.env.FAKEENGINE_BIN) return path.resolve(process.env.FAKEENGINE_BIN)
  const program = path.join(dir, 'fakeengine')
  const root = path.resolve(import.meta.dirname, '../../..')
  await promisify(execFile)('go', ['build', '-o', program, './tests/fakeengine'], { cwd: root })
  return program
}

/** A process that speaks the language of an engine and draws plain pictures. */
export class FakeEngine {
  readonly url: string
  private readonly process: ChildProcess

  private constructor(process: ChildProcess, url: string) {
    this.process = process
    this.url = url
  }

  /** Returns when it listens, at a port that was free. */
  static async start(program: string, options: EngineOptions): Promise<FakeEngine> {
    const { kind, step = 20, loras = [], login, habit } = options
    const args = ['-kind', kind, '-step', `${String(step)}ms`, '-loras', loras.join(',')]
    if (login) args.push('-user', login.user, '-password', login.password)
    if (habit) args.push('-habit', habit)
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
    return new FakeEngine(child, line)
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return
    const ended = once(this.process, 'exit')
    this.process.kill('SIGTERM')
    await ended
  }
}
