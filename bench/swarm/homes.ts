// Where the processes of one swarm live, by the last byte of their addresses. Knows no client.
import { openLoopback, openNamespaces, type Host, type Site } from "@socketlab/core/test-kit";
import type { Command } from "../commands/account.ts";
import { LeftOut } from "../commands/left-out.ts";

/** Hosts 1 to so many, and how commands are run there. */
export class Homes implements Disposable {
  readonly site: Site;
  readonly #hosts: readonly Host[];

  /** @throws LeftOut when namespaces are needed and cannot be made here. */
  constructor(hosts: number, inNamespaces: boolean) {
    if (inNamespaces && process.getuid?.() !== 0) throw cannotMake("root");
    try {
      this.site = inNamespaces ? openNamespaces() : openLoopback();
    } catch (error) {
      throw cannotMake(String(error));
    }
    open.add(this);
    try {
      this.#hosts = Array.from({ length: hosts }, () => this.site.host());
    } catch (error) {
      this[Symbol.dispose]();
      throw cannotMake(String(error));
    }
  }

  address(host: number): string {
    return this.#host(host).ip4;
  }

  /** The command as it is to be run in order to live there. */
  command(host: number, { program, args, ...more }: Command): Command {
    const [itsProgram, itsArgs] = this.#host(host).command(program, args);
    return { program: itsProgram, args: itsArgs, ...more };
  }

  /** None on loopback. */
  get namespaces(): string[] {
    return this.#hosts.flatMap(({ namespace }) => namespace ?? []);
  }

  [Symbol.dispose](): void {
    this.site[Symbol.dispose]();
    open.delete(this);
  }

  #host(host: number): Host {
    const found = this.#hosts[host - 1];
    if (found === undefined) throw new Error(`there is no host ${host} among ${this.#hosts.length}`);
    return found;
  }
}

const open = new Set<Homes>();

/** Removes all namespaces that are still there: what is interrupted cannot remove its own. */
export function closeHomes(): void {
  for (const homes of open) homes[Symbol.dispose]();
}

const cannotMake = (why: string): LeftOut =>
  new LeftOut(`network namespaces cannot be made (Linux, root, Debian: apt-get install iproute2): ${why}`);
