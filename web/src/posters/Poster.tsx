// An event's picture: its own where it has one, else a poster drawn for it.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Art, artFor } from "./art";

/** `name` decides the art; the title is written beside it, so that the picture itself says nothing new. */
export function Poster({ name, link }: { name: string; link?: string }) {
  const [isBroken, setBroken] = useState(false);
  if (link && /^https:.*\.(avif|gif|jpe?g|png|svg|webp)(\?|$)/i.test(link) && !isBroken) {
    return <img class="poster" src={link} alt="" loading="lazy" decoding="async" onError={() => setBroken(true)} />;
  }
  const art = artFor(name);
  const motif = MOTIFS[art.motif] ?? arches;
  return (
    <svg class="poster" viewBox="0 0 300 400" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <rect width="300" height="400" fill={art.palette[0]} />
      {motif(art)}
    </svg>
  );
}

const MOTIFS: readonly ((art: Art) => JSX.Element)[] = [arches, spots, curtain, sun, waves, tiles, orbit];

function arches({ palette: [, figure, second, light], chance }: Art) {
  const colours = [figure, second, light, figure, second];
  const high = 120 + chance() * 60;
  return (
    <g>
      {colours.map((colour, nth) => {
        const [wide, top] = [250 - nth * 48, 400 - high - 170 + nth * 34];
        const left = 150 - wide / 2;
        return (
          <path
            key={nth}
            fill={colour}
            d={`M${left} 400V${top + wide / 2}a${wide / 2} ${wide / 2} 0 0 1 ${wide} 0V400Z`}
          />
        );
      })}
      <circle cx="150" cy="370" r="13" fill={light} />
    </g>
  );
}

function spots({ palette: [ground, figure, second, light], chance }: Art) {
  const lean = 30 + chance() * 60;
  return (
    <g>
      <path d={`M40 0 L${150 - lean} 400 L${150 + lean * 1.6} 400Z`} fill={figure} opacity=".9" />
      <path d={`M260 0 L${60 - lean / 2} 400 L${190 + lean / 3} 400Z`} fill={second} opacity=".75" />
      <path d="M150 0 L70 400 L230 400Z" fill={light} opacity=".35" />
      <ellipse cx="150" cy="352" rx="92" ry="20" fill={light} />
      <path d={`M138 348c-2-44-4-66 12-${70 + lean / 3} 16 ${lean / 3} 14 26 12 70Z`} fill={ground} />
      <circle cx="150" cy={258 - lean / 3} r="15" fill={ground} />
    </g>
  );
}

function curtain({ palette: [ground, figure, second, light], chance }: Art) {
  const folds = 7;
  const open = 34 + chance() * 46;
  const side = (sign: 1 | -1) =>
    Array.from({ length: folds }, (_, nth) => {
      const at = 150 + sign * (open + 4 + nth * 20);
      return (
        <path
          key={`${sign}${nth}`}
          d={`M${at} 0C${at + sign * 26} 150 ${at - sign * (18 - nth)} 270 ${at + sign * (nth * 5)} 400H${at + sign * 150}V0Z`}
          fill={nth % 2 ? figure : second}
          opacity={nth % 2 ? 1 : 0.82}
        />
      );
    });
  return (
    <g>
      <circle cx="150" cy="210" r="112" fill={light} />
      <circle cx="150" cy="210" r="74" fill={ground} opacity=".92" />
      <circle cx="150" cy="210" r="34" fill={second} />
      {side(1)}
      {side(-1)}
      <path
        d="M0 0H300V34C275 62 250 62 225 34C200 62 175 62 150 34C125 62 100 62 75 34C50 62 25 62 0 34Z"
        fill={figure}
      />
    </g>
  );
}

function sun({ palette: [ground, figure, second, light], chance }: Art) {
  const rays = 10 + Math.floor(chance() * 8);
  const turn = chance() * 20;
  return (
    <g>
      {Array.from({ length: rays }, (_, nth) => (
        <path
          key={nth}
          d="M150 250 L138 -130 L162 -130Z"
          fill={nth % 2 ? figure : second}
          opacity=".85"
          transform={`rotate(${turn + (nth * 360) / rays} 150 250)`}
        />
      ))}
      <circle cx="150" cy="250" r="84" fill={light} />
      <path d="M0 300C60 262 110 334 168 300S262 262 300 296V400H0Z" fill={ground} />
      <path d="M0 342C70 312 120 366 190 338S270 320 300 338V400H0Z" fill={figure} />
    </g>
  );
}

function waves({ palette: [, figure, second, light], chance }: Art) {
  const shift = chance() * 80;
  const colours = [figure, second, light, second, figure];
  return (
    <g>
      <circle cx={90 + shift} cy="98" r="54" fill={light} />
      {colours.map((colour, nth) => {
        const y = 170 + nth * 48;
        const bend = 44 - nth * 5;
        return (
          <path
            key={nth}
            fill={colour}
            opacity={nth === 2 ? 0.9 : 1}
            d={`M0 ${y}C50 ${y - bend} 100 ${y + bend} 150 ${y}S250 ${y - bend} 300 ${y + (nth % 2 ? 10 : -10)}V400H0Z`}
          />
        );
      })}
    </g>
  );
}

function tiles({ palette: [ground, figure, second, light], chance }: Art) {
  const colours = [figure, second, light, ground];
  const pick = () => colours[Math.floor(chance() * colours.length)] ?? figure;
  return (
    <g>
      {Array.from({ length: 12 }, (_, nth) => {
        const [x, y] = [(nth % 3) * 100, Math.floor(nth / 3) * 100];
        const [field, shape] = [pick(), pick()];
        const turn = Math.floor(chance() * 4) * 90;
        return (
          <g key={nth} transform={`translate(${x} ${y}) rotate(${turn} 50 50)`}>
            <rect width="100.5" height="100.5" fill={field} />
            {chance() < 0.55 ? (
              <path d="M0 0A100 100 0 0 1 100 100H0Z" fill={shape} />
            ) : (
              <circle cx="50" cy="50" r="36" fill={shape} />
            )}
          </g>
        );
      })}
    </g>
  );
}

function orbit({ palette: [, figure, second, light], chance }: Art) {
  const [x, y] = [110 + chance() * 80, 150 + chance() * 60];
  return (
    <g>
      {[190, 150, 112, 78, 46].map((radius, nth) => (
        <circle
          key={radius}
          cx={x + nth * 6}
          cy={y + nth * 10}
          r={radius}
          fill={[figure, second, figure, light, second][nth]}
          opacity={nth === 0 ? 0.7 : 1}
        />
      ))}
      <circle cx={x - 92} cy={y + 128} r="18" fill={light} />
      <rect x="0" y="356" width="300" height="44" fill={second} opacity=".9" />
    </g>
  );
}
