import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Api } from './api.ts'

/** The program under test, with the built web app inside. */
export const binary = path.resolve(
  import.meta.dirname,
  '..',
  process.env.LORAMANAGER_BIN ?? '../../bin/loramanager',
)

export interface ServerOptions {
  /** Its folder: the database goes to data, a home folder of its own to home. */
  dir: string
  /** Library folders given on the command line; they are scanned at the start. */
  roots?: string[]
  /** Further flags. Neither watching nor digests run unless asked for, so that only what a test does happens. */
  flags?: string[]
  env?: Record<string, string>
}

/** A running program. It can be stopped and started again at the same address with the same data. */
export class Server {
  readonly base: string
  readonly api: Api
  private readonly options: ServerOptions
  private readonly port: number
  private process: ChildProcess | undefined
  private log = ''

  private constructor(options: ServerOptions, port: number) {
    this.options = options
    this.port = port
    this.base = `http://127.0.0.1:${String(port)}`
    this.api = new Api(this.base, options.env?.API_KEY)
  }

  static async start(options: ServerOptions): Promise<Server> {
    const server = new Server(options, await freePort())
    await server.start()
    return server
  }

  /** Returns when it answers that it is ready. */
  async start(): Promise<void> {
    const { dir, roots = [], flags = [], env = {} } = this.options
    const home = path.join(dir, 'home')
    await mkdir(home, { recursive: true })
    const args = ['serve', '--listen', `127.0.0.1:${String(this.port)}`, '--data', path.join(dir, 'data')]
    args.push('--no-watch', '--no-digests', ...roots.flatMap((root) => ['--root', root]), ...flags)
    const child = spawn(binary, args, {
      env: { PATH: process.env.PATH, HOME: home, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.process = child
    const collect = (text: Buffer) => (this.log += text.toString())
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    await until('the server is ready', async () => {
      if (child.exitCode !== null) throw new Error(`the server ended before it was ready\n${this.log}`)
      return (await fetch(`${this.base}/readyz`).catch(() => null))?.ok ?? false
    })
  }

  /** Ends it as a crash or a power cut would: at once, whatever it is doing. */
  async kill(): Promise<void> {
    const child = this.process
    this.process = undefined
    if (!child || child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  /** Asks it to end and waits. A server that does not end by itself with code 0 is a defect. */
  async stop(): Promise<void> {
    const child = this.process
    this.process = undefined
    if (!child) return
    if (child.exitCode === null) {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    }
    if (child.exitCode !== 0) throw new Error(`the server ended with ${String(child.exitCode)}\n${this.log}`)
  }
}

/** Writes a sample library of valid adapters, and of broken files when asked. */
export async function writeSample(dir: string, adapters: number, broken = 0): Promise<string> {
  const args = ['sample', dir, '-n', String(adapters), '--broken', String(broken)]
  await promisify(execFile)(binary, args)
  return dir
}

/** Looks again and again until something holds; the machine may be busy, so it is given time. */
export async function until(what: string, holds: () => Promise<boolean>, patience = 60_000): Promise<void> {
  const deadline = Date.now() + patience
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`)
    await pause(20)
  }
}

async function freePort(): Promise<number> {
  const listener = createServer()
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  listener.close()
  if (address === null || typeof address === 'string') throw new Error('no free port was found')
  return address.port
}
