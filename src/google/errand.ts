/** Who acts: both may be shown. */
export interface Actor {
  readonly admin: string;
  /** The service account's address, with its numeric client id where that is known. */
  readonly client: string;
  readonly scopes: readonly string[];
}

/** What a request was for. */
export interface Errand {
  /** Completes "while …": `listing the users`. */
  readonly doing: string;
  /** The query that was sent, and the setting it comes from. */
  readonly query?: { readonly setting: "USER_MATCH" | "GROUP_MATCH"; readonly text: string };
  /** The customer that was asked for; only listings name one. */
  readonly customerId?: string;
  /** Whether it asked for a further page. */
  readonly paging?: boolean;
}
