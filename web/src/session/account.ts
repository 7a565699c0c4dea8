// Signing up, in and out.
import { accounts } from "../api/clients";
import { end, session } from "./session";
import { take } from "./tokens";

export async function logIn(email: string, password: string): Promise<void> {
  take(await accounts.logIn({ email, password }));
}

export async function signUp(userName: string, email: string, password: string): Promise<void> {
  take(await accounts.signUp({ userName, email, password }));
}

/** Here at once; at the server as soon as it hears of it. */
export async function signOut(): Promise<void> {
  const refreshToken = session.value?.refreshToken;
  end();
  // Whoever says no means it, whether or not the server can be reached: its tokens expire soon by themselves.
  if (refreshToken) await accounts.logOut({ refreshToken }).catch(() => {});
}
