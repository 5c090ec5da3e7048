// Links: GET and HEAD with ranges and conditions at the port of a WebSocket door, as RFC 9110 says.
import { request, type IncomingHttpHeaders } from "node:http";
import { buffer } from "node:stream/consumers";
import { Mismatch, someBytes, type Check } from "../check.ts";
import { assertBytes, assertEqual, checksWith, put, type Visitor } from "./visitor.ts";

const SIZE = 10_000;

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export function httpChecks(url: string, timeoutMs: number): Check[] {
  const check = checksWith(url, timeoutMs);
  const { hostname, port } = new URL(url);
  /** `path` goes out as it is: no library tidies it up. */
  const fetchRaw = (path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const asked = request({
        host: hostname,
        port,
        path,
        method,
        headers,
        agent: false,
        timeout: timeoutMs,
      });
      asked.on("timeout", () => asked.destroy(new Error(`${path}: no answer`)));
      asked.on("error", reject);
      asked.on("response", (response) => {
        buffer(response).then(
          (body) => resolve({ status: response.statusCode!, headers: response.headers, body }),
          reject,
        );
      });
      asked.end();
    });
  const content = someBytes(SIZE);
  const withLink = async (visitor: Visitor, mtimeMs = 1_700_000_000_000): Promise<string> => {
    await put(await visitor.client(), visitor.path("grüße 1.bin"), content, { mtimeMs });
    return `/files/${visitor.folder}/gr%C3%BC%C3%9Fe%201.bin`;
  };
  const ranges: [string, number, number, number][] = [
    ["bytes=0-499", 206, 0, 500],
    ["bytes=500-999", 206, 500, 1000],
    ["bytes=-500", 206, 9500, 10_000],
    ["bytes=9500-", 206, 9500, 10_000],
    ["bytes=0-0", 206, 0, 1],
    ["bytes=9999-20000", 206, 9999, 10_000],
    ["bytes=-20000", 206, 0, 10_000],
    ["bytes=10000-", 416, 0, 0],
    ["bytes=-0", 416, 0, 0],
    ["bytes=5-2", 200, 0, 10_000],
    ["bytes=a-b", 200, 0, 10_000],
    ["items=0-5", 200, 0, 10_000],
  ];

  return [
    check(
      "http-get",
      "GET and HEAD answer 200 with length, type, ETag, Last-Modified and Accept-Ranges",
      async (visitor) => {
        const link = await withLink(visitor);
        const answer = await fetchRaw(link);
        assertBytes("GET", content, answer.body);
        const head = await fetchRaw(link, {}, "HEAD");
        for (const { status, headers } of [answer, head]) {
          const {
            "content-length": length,
            "last-modified": modified,
            "accept-ranges": ranged,
            etag,
          } = headers;
          const right = [200, `${SIZE}`, "Tue, 14 Nov 2023 22:13:20 GMT", "bytes", "a strong tag"];
          const tag = /^"[^"]+"$/u.test(etag ?? "") ? "a strong tag" : etag;
          assertEqual("GET and HEAD", right, [status, length, modified, ranged, tag]);
        }
        assertEqual("HEAD", 0, head.body.length);
        assertEqual("twice", answer.headers.etag, head.headers.etag);
      },
    ),

    check("http-ranges", "single ranges as RFC 9110 §14 says: 206, 416, or ignored", async (visitor) => {
      const link = await withLink(visitor);
      for (const [range, status, from, to] of ranges) {
        const answer = await fetchRaw(link, { Range: range });
        assertEqual(range, status, answer.status);
        if (status === 206)
          assertEqual(range, `bytes ${from}-${to - 1}/${SIZE}`, answer.headers["content-range"]);
        if (status === 416) assertEqual(range, `bytes */${SIZE}`, answer.headers["content-range"]);
        else assertBytes(range, content.subarray(from, to), answer.body);
      }
    }),

    check("http-several-ranges", "several ranges come as multipart/byteranges", async (visitor) => {
      const { status, headers, body } = await fetchRaw(await withLink(visitor), {
        Range: "bytes=0-9,5000-5009,-3",
      });
      const boundary = /^multipart\/byteranges; boundary="?([^";]+)"?/u.exec(
        headers["content-type"] ?? "",
      )?.[1];
      assertEqual("three ranges", [206, true], [status, boundary !== undefined]);
      const parts = body.toString("latin1").split(`--${boundary!}`).slice(1, -1);
      const found = parts.map((part) => {
        const [head = "", ...rest] = part.split("\r\n\r\n");
        return [/content-range: (.*)/iu.exec(head)?.[1]?.trim(), rest.join("\r\n\r\n").replace(/\r\n$/u, "")];
      });
      const text = (from: number, to: number): string =>
        Buffer.from(content.subarray(from, to)).toString("latin1");
      assertEqual(
        "three ranges",
        [
          [`bytes 0-9/${SIZE}`, text(0, 10)],
          [`bytes 5000-5009/${SIZE}`, text(5000, 5010)],
          [`bytes 9997-9999/${SIZE}`, text(9997, 10_000)],
        ],
        found,
      );
    }),

    check("http-conditions", "conditions as RFC 9110 §13 says: 304, 412, and If-Range", async (visitor) => {
      const link = await withLink(visitor);
      const { etag = "", "last-modified": modified = "" } = (await fetchRaw(link, {}, "HEAD")).headers;
      const earlier = "Mon, 13 Nov 2023 00:00:00 GMT";
      const cases: [Record<string, string>, number][] = [
        [{ "If-None-Match": etag }, 304],
        [{ "If-None-Match": `"other", W/${etag}` }, 304],
        [{ "If-None-Match": "*" }, 304],
        [{ "If-None-Match": '"other"' }, 200],
        [{ "If-Modified-Since": modified }, 304],
        [{ "If-Modified-Since": earlier }, 200],
        [{ "If-None-Match": '"other"', "If-Modified-Since": modified }, 200],
        [{ "If-Match": etag }, 200],
        [{ "If-Match": '"other"' }, 412],
        [{ "If-Match": `W/${etag}` }, 412],
        [{ "If-Unmodified-Since": earlier }, 412],
        [{ "If-Unmodified-Since": modified }, 200],
        [{ "If-Modified-Since": "yesterday" }, 200],
        [{ Range: "bytes=0-9", "If-Range": etag }, 206],
        [{ Range: "bytes=0-9", "If-Range": '"other"' }, 200],
        [{ Range: "bytes=0-9", "If-Range": earlier }, 200],
      ];
      for (const [headers, status] of cases) {
        const answer = await fetchRaw(link, headers);
        assertEqual(JSON.stringify(headers), status, answer.status);
        if (status === 304) assertEqual("304", [0, etag], [answer.body.length, answer.headers.etag]);
      }
    }),

    check(
      "http-changes",
      "a new version has another ETag, and a range of the old one is not continued",
      async (visitor) => {
        const link = await withLink(visitor);
        const { etag = "" } = (await fetchRaw(link, {}, "HEAD")).headers;
        const next = someBytes(SIZE, 99);
        await put(await visitor.client(), visitor.path("grüße 1.bin"), next, { mtimeMs: 1_700_000_500_000 });
        const answer = await fetchRaw(link, { Range: "bytes=5000-", "If-Range": etag });
        assertEqual("If-Range of the old version", 200, answer.status);
        assertBytes("If-Range of the old version", next, answer.body);
      },
    ),

    check("http-bad-paths", "no link leads out of the folder, however it is written", async (visitor) => {
      await withLink(visitor);
      const bad = [
        "../x",
        "%2e%2e/x",
        "..%2fx",
        "%2e%2e%2f%2e%2e%2fetc/passwd",
        "..\\x",
        "%5c..%5cx",
        "/etc/passwd",
      ];
      const odd = [
        "%00",
        "a%00b",
        "C:/x",
        ".socketlab/lock",
        ".SOCKETLAB%2flock",
        "%ff",
        "%zz",
        "%c0%ae%c0%ae/x",
        "con",
      ];
      for (const path of [...bad, ...odd]) {
        const { status } = await fetchRaw(`/files/${path}`);
        if (status < 400 || status >= 500) throw new Mismatch(`GET /files/${path}`, "4xx", `${status}`);
      }
      for (const path of ["/../../../etc/passwd", "/files/../files/../../etc/passwd", "//etc/passwd"]) {
        const { status, body } = await fetchRaw(path);
        if (body.includes("root:"))
          throw new Mismatch(`GET ${path}`, "nothing from outside", `${status}, a file`);
      }
    }),

    check(
      "http-not-found",
      "what is not there is 404, and what is not allowed 405 with Allow",
      async (visitor) => {
        const link = await withLink(visitor);
        assertEqual("GET", 404, (await fetchRaw(`${link}.none`)).status);
        for (const method of ["PUT", "DELETE", "POST"]) {
          const { status, headers } = await fetchRaw(link, {}, method);
          assertEqual(method, [405, true], [status, (headers.allow ?? "").includes("GET")]);
        }
        assertBytes("GET afterwards", content, (await fetchRaw(link)).body);
      },
    ),

    check("http-no-script", "what somebody has brought runs nothing in a browser", async (visitor) => {
      const client = await visitor.client();
      await put(client, visitor.path("page.html"), Buffer.from("<script>alert(1)</script>"));
      const { headers } = await fetchRaw(`/files/${visitor.folder}/page.html`);
      const isHarmless =
        /sandbox/u.test(String(headers["content-security-policy"])) ||
        /attachment/u.test(headers["content-disposition"] ?? "");
      assertEqual("a page", [true, "nosniff"], [isHarmless, headers["x-content-type-options"]]);
    }),
  ];
}
