/** A proxy as companies have it: CONNECT and nothing else. */
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

export interface Proxy {
  readonly url: string;
  /** What was asked for, as `host:port`. */
  readonly asked: readonly string[];
  readonly close: () => Promise<void>;
}

export interface ProxyOptions {
  /** Where every connection ends, whatever was asked for. */
  readonly to: URL;
  /** Refuses everything with this status. */
  readonly refuse?: number;
  /** `name:password`; without it anybody may come. */
  readonly user?: string;
  /** Takes connections and says nothing. */
  readonly mute?: boolean;
}

export async function startProxy({ to, refuse, user, mute = false }: ProxyOptions): Promise<Proxy> {
  const asked: string[] = [];
  const open = new Set<Socket>();
  const server = createServer((_, response) => void response.writeHead(405).end());
  server.on("connection", (socket) => void open.add(socket));
  server.on("connect", (request: IncomingMessage, client: Socket) => {
    asked.push(request.url ?? "");
    client.on("error", () => client.destroy());
    const known = user === undefined || request.headers["proxy-authorization"] === basic(user);
    const status = refuse ?? (known ? 200 : 407);
    if (mute) return;
    if (status !== 200) return void client.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
    const target = connect(Number(to.port), to.hostname, () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      target.pipe(client).pipe(target);
    });
    target.on("error", () => client.destroy());
    open.add(target);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const basic = (user: string): string => `Basic ${Buffer.from(user).toString("base64")}`;
