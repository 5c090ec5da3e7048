// How long it must take at least to give one file to many clients from one server. Measures nothing.

export interface Distribution {
  /** F */
  fileBytes: number;
  /** u_s: how fast the server sends, to all together. */
  uploadBytesPerSecond: number;
  /** d_min: how fast the slowest client receives; Infinity: as fast as it can. */
  downloadBytesPerSecond: number;
}

/** N·F/u_s: the server sends a copy to each. */
export const uploadSeconds = ({ fileBytes, uploadBytesPerSecond }: Distribution, clients: number): number =>
  (clients * fileBytes) / uploadBytesPerSecond;

/** F/d_min: the slowest client receives its own. */
export const downloadSeconds = ({ fileBytes, downloadBytesPerSecond }: Distribution): number =>
  fileBytes / downloadBytesPerSecond;

/** D_cs = max(N·F/u_s, F/d_min), in seconds (Kurose & Ross, 2.5). */
export const boundSeconds = (distribution: Distribution, clients: number): number =>
  Math.max(uploadSeconds(distribution, clients), downloadSeconds(distribution));
