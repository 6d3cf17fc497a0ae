/** Who acts: all of it may be shown. */
export interface Actor {
  /** Whose rights count: the administrator acted as, or the service account itself. */
  readonly admin: string;
  /** Whether the service account acts as itself. */
  readonly itself: boolean;
  /** The service account's address, with its numeric client id where that is known. */
  readonly client: string;
  readonly scopes: readonly string[];
}

/** What a request was for. */
export interface Errand {
  /** Completes "while …": `listing the users`. */
  readonly doing: string;
  /** The way to a token without a key has two steps of its own; the token endpoint and the API are none of them. */
  readonly step?: "exchange" | "signJwt" | "generateAccessToken";
  /** The query that was sent, and the setting it comes from. */
  readonly query?: { readonly setting: "USER_MATCH" | "GROUP_MATCH"; readonly text: string };
  /** The customer that was asked for; only listings name one. */
  readonly customerId?: string;
  /** The custom schemas that were asked for, as they were sent. */
  readonly schemas?: string;
  /** Whether it asked for a further page. */
  readonly paging?: boolean;
}
