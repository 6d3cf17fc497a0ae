import { describe, expect, it } from "vitest";
import { NetworkError } from "../../src/traffic/network.ts";
import { unreached } from "../../src/traffic/unreached.ts";

const coded = (code: string, cause?: Error): Error =>
  Object.assign(new Error("secret words", { cause }), { code });

describe("why no answer came", () => {
  it("is told by the first code of the error or of its causes, and never in its own words", () => {
    const found = unreached(new Error("secret words", { cause: coded("ECONNREFUSED") }));
    expect(found).toEqual({
      why: "nothing listens there (ECONNREFUSED)",
      todo: "check the address",
      code: "ECONNREFUSED",
      lasting: false,
    });
  });

  it.each(["ETIMEDOUT", "UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT", "ESOCKETTIMEDOUT"])(
    "%s is an answer that did not come in time, which may come the next time",
    (code) => {
      expect(unreached(coded(code))).toMatchObject({
        why: `no answer came in time (${code})`,
        lasting: false,
      });
    },
  );

  it.each(["DEPTH_ZERO_SELF_SIGNED_CERT", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "ERR_TLS_CERT_ALTNAME_INVALID"])(
    "%s stays as it is, and a proxy may be the cause",
    (code) => {
      expect(unreached(coded(code))).toMatchObject({ lasting: true, code });
      expect(unreached(coded(code)).todo).toContain("NODE_EXTRA_CA_CERTS");
    },
  );

  it("is what our own network says, where it says something", () => {
    const own = new NetworkError(
      { why: "it is too large", todo: "look" },
      { code: "ANSWER_TOO_LARGE", passing: false },
    );
    expect(unreached(new Error("wrapped", { cause: own }))).toEqual({
      why: "it is too large",
      todo: "look",
      code: "ANSWER_TOO_LARGE",
      lasting: true,
    });
  });

  it("is unknown without a code, and another attempt is not worth making", () => {
    expect(unreached(new Error("secret words"))).toMatchObject({ code: undefined, lasting: true });
    expect(JSON.stringify(unreached(coded("EWHATEVER")))).not.toContain("secret");
  });
});
