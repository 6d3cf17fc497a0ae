/** Whom a token may be sent to: https on the vendor's own hosts, and the loopback address for tests. */

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const EXCHANGE = /^sts\.googleapis\.com$/;
const ACCOUNTS = /^iamcredentials\.googleapis\.com$/;
// Google's other hosts serve what strangers wrote: buckets, scripts, functions.
const TOKENS = /^(?:oauth2\.googleapis|accounts\.google|www\.googleapis)\.com$/;
const DIRECTORY = /^(?:(?:admin|www|private|restricted)|[a-z0-9-]+\.p)\.googleapis\.com$/;
const REGION = String.raw`[a-z]{2,5}(?:-[a-z]+)+-\d{1,2}`;
const AWS_SUFFIX = String.raw`(?:amazonaws\.com|amazonaws\.com\.cn|api\.aws|api\.amazonwebservices\.com\.cn|amazonaws\.eu|api\.amazonwebservices\.eu)`;
// A suffix alone would not do: buckets, gateways and machines of strangers live under amazonaws.com as well.
const SCIM = new RegExp(String.raw`^(?:[a-z0-9-]+\.)?scim(?:-fips)?\.(${REGION})\.(?:vpce\.)?${AWS_SUFFIX}$`);
const VERIFICATION = new RegExp(
  String.raw`^https://sts(?:-fips)?\.(?:\{region\}|${REGION})\.${AWS_SUFFIX}/?\?Action=GetCallerIdentity&Version=2011-06-15$`,
);

/** A checked address; or why it cannot be used, completing "because …", and what to do. Repeats the host at most. */
type Address = { readonly url: string } | Unusable;

interface Unusable {
  readonly because: string;
  readonly todo: string;
}

/** The parts that are wrong for any vendor, whatever the host. */
function oddity(url: URL): Unusable | undefined {
  if (url.username !== "" || url.password !== "")
    return { because: "it contains a user name or a password", todo: "remove them from the address" };
  if (url.search !== "" || url.hash !== "")
    return { because: "it has a query or a fragment", todo: "remove everything from the ? or the # on" };
  return undefined;
}

function checked(text: string, isOwner: (host: string) => boolean, owner: string): URL | Unusable {
  const url = URL.parse(text);
  const notHttps = {
    because: "it is not an https address",
    todo: `use an https address of ${owner}`,
  };
  if (url === null) return notHttps;
  const odd = oddity(url);
  if (odd !== undefined) return odd;
  if (LOOPBACK.test(url.hostname) && /^https?:$/.test(url.protocol)) return url;
  if (url.protocol !== "https:") return notHttps;
  if (!isOwner(url.hostname))
    return {
      because: `${url.hostname} is not ${owner}, and no one else may get the token`,
      todo: "correct it",
    };
  if (url.port === "") return url;
  return {
    because: `${owner} answers only on port 443`,
    todo: `remove the port ${url.port} from the address`,
  };
}

/** Where an assertion may be sent for a token: Google's three token hosts, or the loopback address. */
export function tokenAddress(text: string): Address {
  return googleAddress(text, TOKENS, "Google's token endpoint (oauth2.googleapis.com)");
}

/** Where the AWS identity may be exchanged for one of Google's: its Security Token Service, or the loopback address. */
export function exchangeAddress(text: string): Address {
  return googleAddress(text, EXCHANGE, "Google's Security Token Service (sts.googleapis.com)");
}

/** Where a federated token may go: the service account's own API, or the loopback address. */
export function accountAddress(text: string): Address {
  return googleAddress(
    text,
    ACCOUNTS,
    "Google's IAM Service Account Credentials (iamcredentials.googleapis.com)",
  );
}

/**
 * Whom Google may ask who signed: `GetCallerIdentity` of AWS's STS in one Region, for which `{region}` may stand. It is
 * the text as given.
 */
export function verificationAddress(text: string): Address {
  if (VERIFICATION.test(text)) return { url: text };
  return {
    because: "it is not GetCallerIdentity of AWS's STS",
    todo: "use https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
  };
}

/** Where Google's access tokens may go: the API's own, private and restricted hosts, or the loopback address. */
export function directoryAddress(text: string): Address {
  return googleAddress(text, DIRECTORY, "a host of Google's Directory API (such as admin.googleapis.com)");
}

/** `url` is the address as the URL standard writes it. */
function googleAddress(text: string, hosts: RegExp, owner: string): Address {
  const url = checked(text, (host) => hosts.test(host), owner);
  return url instanceof URL ? { url: url.href } : url;
}

/**
 * Where the SCIM token may go: https on `scim.<region>.` and a suffix of AWS's, or the loopback address; the path ends
 * in `/scim/v2`. `url` has no final slash. Hosts and suffixes: AWS SDK partition data, SCIM developer guide.
 */
export function scimAddress(text: string): Address {
  const owner = "a SCIM host of AWS (such as scim.<region>.amazonaws.com)";
  const url = checked(text, (host) => SCIM.test(host), owner);
  if (!(url instanceof URL)) return url;
  const path = url.pathname.replace(/(?<!\/)\/+$/, "");
  if (path.endsWith("/scim/v2")) return { url: `${url.origin}${path}` };
  return {
    because: "its path does not end in /scim/v2",
    todo: "use the address exactly as IAM Identity Center shows it",
  };
}

/** A proxy's address, with `http://` before it where nothing is; nothing of it is repeated, since it may hold a password. */
export function proxyAddress(text: string): Address {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  const odd = url === null || !/^https?:$/.test(url.protocol) || url.pathname !== "/" || url.search !== "";
  if (!odd) return { url: url.href };
  return {
    because: "it is not the address of a proxy",
    todo: "use one such as http://proxy.example.com:3128",
  };
}

/** The Region in a SCIM endpoint's host; `undefined` where the host does not tell (the loopback address). */
export function scimRegion(endpoint: string): string | undefined {
  return SCIM.exec(URL.parse(endpoint)?.hostname ?? "")?.[1];
}
