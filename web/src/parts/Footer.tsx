import { say } from "../words/words";

export function Footer() {
  return (
    <footer>
      <p>{say("footer.promise")}</p>
      <p>
        <a href="/docs" target="_self">
          {say("footer.api")}
        </a>{" "}
        <a href="/admin" target="_self">
          {say("footer.house")}
        </a>
      </p>
    </footer>
  );
}
