import { once } from 'node:events'
import { createServer, type OutgoingHttpHeaders, request, type Server as HttpServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

/** Changes a file on its way to the browser. */
export type Change = (body: string) => string

/** Stands in front of a server and can send other files than it has, as a newer version would. */
export class Proxy {
  readonly base: string
  private readonly server: HttpServer
  private readonly sockets = new Set<Socket>()
  private readonly changes = new Map<string, Change>()

  private constructor(server: HttpServer) {
    this.server = server
    this.base = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  }

  static async start(target: string): Promise<Proxy> {
    const { host, hostname, port } = new URL(target)
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const proxy = new Proxy(server)
    server.on('request', (asked, answer) => {
      const change = proxy.changes.get(asked.url ?? '')
      // The server answers to its own name and lets only its own pages change things.
      const headers: OutgoingHttpHeaders = { ...asked.headers, host, ...(asked.headers.origin && { origin: target }), ...(change && { 'accept-encoding': 'identity', 'if-none-match': '' }) }
      const onward = request({ hostname, port, method: asked.method, path: asked.url, headers }, (reply) => {
        if (!change) {
          answer.writeHead(reply.statusCode ?? 502, reply.headers)
          reply.pipe(answer)
          return
        }
        void text(reply).then((body) => {
          const { 'content-length': _, etag: __, ...rest } = reply.headers
          answer.writeHead(reply.statusCode ?? 502, rest).end(change(body))
        })
      })
      onward.on('error', () => answer.destroy())
      asked.pipe(onward)
    })
    server.on('upgrade', (asked, socket: Socket) => {
      const onward = connect(Number(port), hostname, () => {
        const headers = Object.entries({ ...asked.headers, host, origin: target })
        const lines = headers.map(([name, value]) => `${name}: ${String(value)}`)
        onward.write(`GET ${asked.url!} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
        onward.pipe(socket).pipe(onward)
      })
      for (const end of [onward, socket]) end.on('error', () => { onward.destroy(); socket.destroy() })
    })
    server.on('connection', (socket) => {
      proxy.sockets.add(socket)
      socket.on('close', () => proxy.sockets.delete(socket))
    })
    return proxy
  }

  /** From now on a file is sent changed. */
  change(path: string, change: Change): void {
    this.changes.set(path, change)
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close')
    this.server.close()
    for (const socket of this.sockets) socket.destroy()
    await closed
  }
}

async function text(stream: AsyncIterable<unknown>): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}
