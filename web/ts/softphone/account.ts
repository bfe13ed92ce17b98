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

/** Throws when there is none to be had now. */
export async function fetchAccount(): Promise<Account> {
  const answer = await fetch("/softphone/account", {
    method: "POST",
    headers: { "X-CSRF-Token": csrf() },
  });
  if (!answer.ok) throw new Error(`no account: ${answer.status}`);
  return (await answer.json()) as Account;
}
