// A certificate for the TLS servers of the benchmark, made anew at each start and never stored.
import { generate } from "selfsigned";

export async function makeCertificate(): Promise<{ cert: string; key: string }> {
  const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], {
    keySize: 2048,
  });
  return { cert, key };
}
