/** A certificate for the loopback address that nobody has vouched for (X.509 in DER, RFC 5280). */
import { generateKeyPairSync, sign } from "node:crypto";

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(body)]), body]);
};
/** In as few bytes as it takes; nothing here is longer than two of them tell. */
const lengthOf = ({ length }: Buffer): readonly number[] => {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
};
const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const identifier = (hex: string): Buffer => der(0x06, Buffer.from(hex, "hex"));
const time = (date: string): Buffer => der(0x17, Buffer.from(date));

const ECDSA_WITH_SHA256 = sequence(identifier("2a8648ce3d040302"));
const NAME = sequence(
  der(0x31, sequence(identifier("550403"), der(0x0c, Buffer.from("nobody's authority")))),
);
/** Basic constraints: an authority. Alternative names: the address 127.0.0.1. */
const EXTENSIONS = sequence(
  sequence(identifier("551d13"), der(0x04, sequence(der(0x01, Buffer.from([0xff]))))),
  sequence(identifier("551d11"), der(0x04, sequence(der(0x87, Buffer.from([127, 0, 0, 1]))))),
);

export function selfSigned(): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const signed = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ECDSA_WITH_SHA256,
    NAME,
    sequence(time("200101000000Z"), time("491231235959Z")),
    NAME,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, EXTENSIONS),
  );
  const signature = der(0x03, Buffer.from([0]), sign("sha256", signed, privateKey));
  const text = sequence(signed, ECDSA_WITH_SHA256, signature).toString("base64");
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${text.replace(/.{1,64}/g, "$&\n")}-----END CERTIFICATE-----\n`,
  };
}
