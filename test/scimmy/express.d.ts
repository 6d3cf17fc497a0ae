/** The little of express that is used here; it brings no types of its own. */
declare module "express" {
  import type { IncomingMessage, RequestListener } from "node:http";
  namespace express {
    interface Request extends IncomingMessage {
      readonly query: unknown;
      header(name: string): string | undefined;
    }
    type Handler = (request: Request, response: unknown, next: () => void) => void;
    interface Application extends RequestListener {
      use(path: string, ...handlers: readonly (Handler | Router)[]): void;
    }
    interface Router {
      use(path: string, ...handlers: readonly (Handler | Router)[]): void;
    }
  }
  function express(): express.Application;
  export import Router = express.Router;
  export default express;
}
