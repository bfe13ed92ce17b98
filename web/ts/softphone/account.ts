// The account that this browser registers with: asked for when it is needed, kept nowhere.

export interface Account {
  readonly user: string;
  readonly password: string;
  readonly extension: string;
  readonly prefix: string; // of a call's key: the PBX's name
}

export function csrf(): string {
  const headers = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}") as Record<string, string>;
  return headers["X-CSRF-Token"] ?? "";
}

/** Why there is none: the session is over, it is another one now, or the user has no extension any more. */
export class NoAccount extends Error {
  constructor(readonly why: "signed-out" | "account" | "no-extension") {
    super(why);
  }
}

/** Throws NoAccount; and other errors when there is none to be had now. */
export async function fetchAccount(): Promise<Account> {
  const answer = await fetch("/softphone/account", {
    method: "POST",
    headers: { "X-CSRF-Token": csrf() },
  });
  if (answer.ok) return (await answer.json()) as Account;
  const { code } = (await answer.json()) as { code?: string };
  if (answer.status === 401) throw new NoAccount("signed-out");
  if (code === "csrf") throw new NoAccount("account");
  if (answer.status === 403 || answer.status === 404) throw new NoAccount("no-extension");
  throw new Error(`no account: ${answer.status}`);
}
