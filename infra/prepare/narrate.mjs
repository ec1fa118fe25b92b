// What a person reads while something is prepared: a line per step, its result, and a sign of life in between.
import { spawn } from 'node:child_process';

const isPlain = process.env['NO_COLOR'] !== undefined || !process.stdout.isTTY;
const paint = (code, text) => (isPlain ? text : `\u001B[${code}m${text}\u001B[0m`);
export const bold = (text) => paint('1', text);
export const dim = (text) => paint('2', text);
export const red = (text) => paint('31', text);
export const green = (text) => paint('32', text);

/** No step is silent for longer than this. */
const SILENCE_LIMIT_MS = 3000;
/** Lines of a step's output that are kept to be shown when it fails. */
const KEPT_LINES = 60;

// A reader that went away (`npm start | head`) ends the talk, not the program.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

export function say(text) {
  process.stdout.write(`${text}\n`);
}

export const seconds = (sinceMs) => `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;

/** Says `… still <what> (12 s)` whenever nothing was heard for a while. `heard` resets it, `stop` ends it. */
export function heartbeat(what) {
  const startMs = performance.now();
  let heardMs = startMs;
  const timer = setInterval(() => {
    if (performance.now() - heardMs < SILENCE_LIMIT_MS) return;
    heardMs = performance.now();
    say(dim(`  … still ${what} (${seconds(startMs).replace(/\.\d/, '')})`));
  }, 500);
  return {
    heard: () => {
      heardMs = performance.now();
    },
    stop: () => clearInterval(timer),
  };
}

/**
 * Runs one command to its end, its output indented. `quiet` shows output only when it fails. `signal` ends the command.
 * Answers the exit code and the last lines; never rejects.
 */
export function runStep(what, command, args, { cwd, env = process.env, quiet = false, shell = false, signal } = {}) {
  const startMs = performance.now();
  const pulse = heartbeat(what);
  const kept = [];
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, shell, signal, stdio: ['ignore', 'pipe', 'pipe'] });
    const take = (line) => {
      kept.push(line);
      if (kept.length > KEPT_LINES) kept.shift();
      if (quiet) return;
      pulse.heard();
      say(`  ${dim(line)}`);
    };
    linesOf(child.stdout, take);
    linesOf(child.stderr, take);
    const end = (code) => {
      pulse.stop();
      if (code !== 0 && quiet) for (const line of kept) say(`  ${line}`);
      resolve({ code, lines: kept, took: seconds(startMs) });
    };
    child.on('error', (error) => {
      kept.push(error.message);
      end(127);
    });
    child.on('close', (code) => end(code ?? 1));
  });
}

/** Calls `take` for each line of a stream; npm's chatter about users' own settings is no news and left out. */
export function linesOf(stream, take) {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text) => {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '' && !line.includes('npm warn Unknown user config')) take(line);
  });
  stream.on('end', () => {
    if (rest.trim() !== '') take(rest);
  });
}
