// Signing up, in and out.
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { accounts } from "../api/clients";
import { serverNow } from "../clock/clock";
import type { LogInResponse, SignUpResponse } from "../contract/usher/account/v1/account_pb";
import { begin, end } from "./session";

/** How long a token lasts whose answer does not say, in milliseconds. */
const UNSAID_MS = 600_000;

export async function logIn(email: string, password: string): Promise<void> {
  take(await accounts.logIn({ email, password }));
}

export async function signUp(userName: string, email: string, password: string): Promise<void> {
  take(await accounts.signUp({ userName, email, password }));
}

export async function signOut(): Promise<void> {
  end();
}

function take({ userId, authToken, expiresAt }: LogInResponse | SignUpResponse): void {
  begin({
    userId: String(userId),
    token: authToken,
    expiresAt: expiresAt ? timestampMs(expiresAt) : serverNow() + UNSAID_MS,
  });
}
