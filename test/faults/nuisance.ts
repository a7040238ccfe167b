import { connect, type Socket } from 'node:net';

/** Clients that do a server no good, until they are told to stop. */
export interface Nuisance {
  /** How many connections it has now, and how often the server has closed one. */
  counts(): { readonly open: number; readonly closed: number };
  stop(): void;
}

/** How often a byte is sent, in milliseconds. */
const BYTE_EVERY_MS = 500;

/**
 * Connections that send one byte at a time: half of them headers that do not end, half of them a body that is promised. Each
 * that the server closes is made anew.
 *
 * @param authorization a good token, so that the bodies are waited for.
 */
export function drip(url: string, connections: number, authorization: string): Nuisance {
  const { hostname, port } = new URL(url);
  const open = new Set<Socket>();
  let closed = 0;
  let stopped = false;
  const headers = `POST /graphql HTTP/1.1\r\nhost: ${hostname}\r\n`;
  const body = `${headers}content-type: application/json\r\nauthorization: ${authorization}\r\ncontent-length: 5000\r\n\r\n{"query":"`;
  const begin = (n: number): void => {
    const socket = connect(Number(port), hostname, () => socket.write(n % 2 === 0 ? `${headers}x: ` : body));
    open.add(socket);
    socket.on('data', () => {});
    socket.on('error', () => {});
    socket.on('close', () => {
      open.delete(socket);
      closed++;
      if (!stopped) begin(n);
    });
  };
  for (let n = 0; n < connections; n++) begin(n);
  const timer = setInterval(() => {
    for (const socket of open) if (socket.writable && !socket.connecting) socket.write('x');
  }, BYTE_EVERY_MS);
  return {
    counts: () => ({ open: open.size, closed }),
    stop() {
      stopped = true;
      clearInterval(timer);
      for (const socket of open) socket.destroy();
    },
  };
}

/** Two readings of one message: a server that stood in front would have taken all of it for one request. */
export function smuggled(authorization: string, inner: string): readonly string[] {
  const head = `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: ${authorization}\r\n`;
  const behind = `${head}content-length: ${Buffer.byteLength(inner)}\r\n\r\n${inner}`;
  const chunked = `2\r\n{}\r\n0\r\n\r\n`;
  return [
    `${head}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${behind}`,
    `${head}transfer-encoding: chunked\r\ncontent-length: ${chunked.length}\r\n\r\n${chunked}${behind}`,
    `${head}transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n${chunked}${behind}`,
    `${head}transfer-encoding: xchunked\r\n\r\n${chunked}${behind}`,
    `${head}transfer-encoding: gzip, chunked\r\n\r\n${chunked}${behind}`,
    `${head}content-length: 2\r\ncontent-length: 0\r\n\r\n{}${behind}`,
    `${head}content-length: +2\r\n\r\n{}${behind}`,
    `${head}content-length : 2\r\n\r\n{}${behind}`,
    `${head}x: y\ncontent-length: 2\r\n\r\n{}${behind}`,
    `${head}x: y\r\n z\r\ncontent-length: 2\r\n\r\n{}${behind}`,
    `${head}transfer-encoding: chunked\r\n\r\n2;x\n{}\r\n0\r\n\r\n${behind}`,
    `${head}host: y\r\ncontent-length: 2\r\n\r\n{}${behind}`,
    `${head}connection: upgrade, http2-settings\r\nupgrade: h2c\r\n\r\n${behind}`,
    `CONNECT x:80 HTTP/1.1\r\nhost: x\r\n\r\n${behind}`,
  ];
}

/** Sends bytes over a connection of their own, and reads until the server closes it or is silent for a while. */
export function exchangeRaw(url: string, bytes: string, silentMs = 1_000): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setTimeout(silentMs, () => socket.destroy());
    socket.on('data', (data) => {
      text += data.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
}

/** How many answers stand in what a server has sent, and how many of them are good. */
export const answersIn = (text: string): number => text.match(/HTTP\/1\.1 (?!100)\d\d\d /g)?.length ?? 0;
