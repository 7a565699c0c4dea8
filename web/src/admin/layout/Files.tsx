import { useRef, useState } from "preact/hooks";
import { tell } from "../words/words";
import { fromJson, type PlanSeat, toJson } from "./layout";

interface FilesProps {
  readonly name: string;
  readonly plan: readonly PlanSeat[];
  readonly onRead: (read: { readonly name: string; readonly plan: readonly PlanSeat[] }) => void;
}

/** Plans from and to files. */
export function Files({ name, plan, onRead }: FilesProps) {
  const [wrong, setWrong] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const read = async (file: File | undefined) => {
    if (!file) return;
    try {
      onRead(fromJson(await file.text()));
      setWrong("");
    } catch (error) {
      setWrong(tell("layout.bad", { why: error instanceof Error ? error.message : String(error) }));
    }
  };
  const write = () => {
    const address = URL.createObjectURL(new Blob([toJson(name, plan)], { type: "application/json" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = `${name || "plan"}.json`;
    link.click();
    URL.revokeObjectURL(address);
  };
  return (
    <div class="field">
      <p class="actions">
        <button type="button" class="button quiet" onClick={() => input.current?.click()}>
          {tell("layout.import")}
        </button>
        <button type="button" class="button quiet" disabled={plan.length === 0} onClick={write}>
          {tell("layout.export")}
        </button>
      </p>
      <input
        ref={input}
        type="file"
        accept="application/json,.json"
        hidden
        aria-label={tell("layout.import")}
        onChange={({ currentTarget }) => {
          void read(currentTarget.files?.[0]);
          // The same file, once corrected, is read again.
          currentTarget.value = "";
        }}
      />
      <p class="wrong" role="alert">
        {wrong}
      </p>
    </div>
  );
}
