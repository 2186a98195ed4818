'use strict';
/**
 * The terminal, shared with a running `nbflow run` that redraws its lines in place. Its output comes through a pipe, and
 * each redraw begins with a move up; our own lines go in front of the next redraw, so that they scroll above the block.
 */
const MOVE_UP = /^\x1b\[(\d+)A/;

function wrap(text, width) {
  return text.match(new RegExp(`(?=\\S).{1,${width}}(?=\\s|$)|\\S+`, 'g')) ?? [];
}

class Screen {
  constructor(stream) {
    this.stream = stream;
    this.isLive = Boolean(stream.isTTY) && process.env.TERM !== 'dumb';
    this.waiting = [];
    this.blockIsUp = false;
  }

  line(text) {
    if (this.blockIsUp) this.waiting.push(text);
    else this.stream.write(`${text}\n`);
  }

  /** A line of ours: `bad`, `good` or `step` in their colours, long ones broken between words. */
  say(text, tone = null, { first = '', indent = '  ' } = {}) {
    const lines = wrap(text, this.width - indent.length);
    lines.forEach((line, n) => this.line(`${n === 0 ? first : indent}${this.tone(line, tone)}`));
  }

  /** What another program says, set off at the left. */
  quote(text, speaker = '') {
    const edge = `${speaker} │ `.padStart(4);
    for (const line of wrap(text, this.width - edge.length)) this.line(`${this.dim(edge)}${line}`);
  }

  get width() {
    return Math.max(40, Math.min(this.stream.columns ?? 100, 100));
  }

  /** A chunk of the child's output. */
  relay(chunk) {
    const up = this.isLive ? MOVE_UP.exec(chunk) : null;
    this.blockIsUp = this.isLive;
    if (up && this.waiting.length > 0) {
      const lines = this.waiting.splice(0).map((text) => `${text}\n`);
      this.stream.write(`${up[0]}\x1b[J${lines.join('')}${chunk.slice(up[0].length)}`);
    } else {
      this.stream.write(chunk);
    }
  }

  /** The child has ended: nothing is redrawn any more. */
  relayEnded() {
    this.blockIsUp = false;
    for (const text of this.waiting.splice(0)) this.line(text);
  }

  tone(text, tone) {
    const paint = { bad: this.red, good: this.green, step: this.bold }[tone];
    return paint ? paint.call(this, text) : text;
  }

  bold(text) {
    return this.paint('1', text);
  }

  red(text) {
    return this.paint('31', text);
  }

  green(text) {
    return this.paint('32', text);
  }

  dim(text) {
    return this.paint('2', text);
  }

  paint(code, text) {
    return this.isLive && !process.env.NO_COLOR ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
}

module.exports = { Screen };
