/** Whom a token may be sent to: https on the vendor's own hosts, and the loopback address for tests. */

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const GOOGLE = /^(?:[a-z0-9-]+\.)*(?:googleapis|google)\.com$/;
const REGION = String.raw`[a-z]{2,5}(?:-[a-z]+)+-\d{1,2}`;
const AWS_SUFFIX = String.raw`(?:amazonaws\.com|amazonaws\.com\.cn|api\.aws|api\.amazonwebservices\.com\.cn|amazonaws\.eu|api\.amazonwebservices\.eu)`;
// A suffix alone would not do: buckets, gateways and machines of strangers live under amazonaws.com as well.
const SCIM = new RegExp(String.raw`^(?:[a-z0-9-]+\.)?scim(?:-fips)?\.(${REGION})\.(?:vpce\.)?${AWS_SUFFIX}$`);

/** A checked address, or advice that completes "… cannot be used: "; it repeats the host at most. */
export type Address = { readonly url: string } | { readonly advice: string };

/** The parts that are wrong for any vendor, whatever the host. */
function oddity(url: URL): string | undefined {
  if (url.username !== "" || url.password !== "") return "take the user name and password out of the address";
  if (url.search !== "" || url.hash !== "") return "take everything from the ? or # on out of the address";
  return undefined;
}

function checked(text: string, isOwner: (host: string) => boolean, owner: string): URL | string {
  const url = URL.parse(text);
  if (url === null) return `give an address that begins with https:// and lies on ${owner}`;
  const odd = oddity(url);
  if (odd !== undefined) return odd;
  if (LOOPBACK.test(url.hostname) && /^https?:$/.test(url.protocol)) return url;
  if (url.protocol !== "https:") return `give an address that begins with https:// and lies on ${owner}`;
  if (!isOwner(url.hostname))
    return `${url.hostname} is not ${owner}, and nobody else may get the token; correct it`;
  return url.port === "" ? url : `take the port ${url.port} out of the address; ${owner} answers on 443`;
}

/**
 * Where Google's tokens may go: https on googleapis.com, google.com or a host below them, or the loopback address.
 * `url` is the address as the URL standard writes it.
 */
export function googleAddress(text: string): Address {
  const url = checked(text, (host) => GOOGLE.test(host), "a host of Google's (googleapis.com or google.com)");
  return typeof url === "string" ? { advice: url } : { url: url.href };
}

/**
 * Where the SCIM token may go: https on `scim.<region>.` and a suffix of AWS's, or the loopback address; the path ends
 * in `/scim/v2`. `url` has no final slash. Hosts and suffixes: AWS SDK partition data, SCIM developer guide.
 */
export function scimAddress(text: string): Address {
  const owner = "a SCIM host of AWS's (scim.<region>.amazonaws.com, for example)";
  const url = checked(text, (host) => SCIM.test(host), owner);
  if (typeof url === "string") return { advice: url };
  const path = url.pathname.replace(/\/+$/, "");
  if (path.endsWith("/scim/v2")) return { url: `${url.origin}${path}` };
  return { advice: "give the address exactly as IAM Identity Center shows it; its path ends in /scim/v2" };
}

/** The Region in a SCIM endpoint's host; `undefined` where the host does not tell (the loopback address). */
export function scimRegion(endpoint: string): string | undefined {
  return SCIM.exec(URL.parse(endpoint)?.hostname ?? "")?.[1];
}
