// The camera as a scanner: the browser's own where it has one, else a reader that comes along only then.
import { useEffect, useRef, useState } from "preact/hooks";
import { tell } from "../words/words";

/** Pictures a second: enough for a hand that holds a ticket. */
const LOOK_EVERY_MS = 150;
/** A code takes up a good part of the picture; more pixels only cost time. */
const WIDE_MAX = 640;

interface Detector {
  detect(image: CanvasImageSource): Promise<{ rawValue: string }[]>;
}

export function Camera({ onCode }: { onCode: (code: string) => void }) {
  const [state, setState] = useState<"off" | "on" | "failed">("off");
  const video = useRef<HTMLVideoElement>(null);
  const heard = useRef(onCode);
  heard.current = onCode;
  useEffect(() => {
    if (state !== "on" || !video.current) return;
    const screen = video.current;
    let isGone = false;
    let stream: MediaStream | undefined;
    const look = async () => {
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
        if (isGone) return stop(stream);
        screen.srcObject = stream;
        await screen.play();
        const read = await reader();
        while (!isGone) {
          const code = await read(screen);
          if (code) heard.current(code);
          await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
        }
      } catch {
        if (!isGone) setState("failed");
      }
    };
    void look();
    return () => {
      isGone = true;
      if (stream) stop(stream);
    };
  }, [state]);
  return (
    <div class="camera">
      {state === "on" && <video ref={video} muted playsInline />}
      {state === "failed" && <p class="aside">{tell("door.noCamera")}</p>}
      <button type="button" class="button quiet wide" onClick={() => setState(state === "on" ? "off" : "on")}>
        {state === "on" ? tell("door.stop") : tell("door.camera")}
      </button>
    </div>
  );
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** What reads a code out of a picture. */
async function reader(): Promise<(video: HTMLVideoElement) => Promise<string | undefined>> {
  const own = (globalThis as { BarcodeDetector?: new (options: object) => Detector }).BarcodeDetector;
  if (own) {
    const detector = new own({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video))[0]?.rawValue;
  }
  const { decodeQR } = await import("qr/decode.js");
  const canvas = document.createElement("canvas");
  return async (video) => {
    const shrink = Math.min(1, WIDE_MAX / video.videoWidth);
    canvas.width = Math.round(video.videoWidth * shrink);
    canvas.height = Math.round(video.videoHeight * shrink);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context || canvas.width === 0) return undefined;
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    try {
      return decodeQR(context.getImageData(0, 0, canvas.width, canvas.height));
    } catch {
      // No code in this picture.
      return undefined;
    }
  };
}
