// What is wrong with the page as it looks now, in words; run by test_looks.py. `touch`: a finger points.
(touch) => {
  const found = new Set();
  const channels = (color) => {
    const numbers = color.match(/-?[\d.]+/g)?.map(Number) ?? [];
    if (color.startsWith('color(srgb')) return [...numbers.slice(0, 3).map((n) => n * 255), numbers[3] ?? 1];
    return [...numbers.slice(0, 3), numbers[3] ?? 1];
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const ground = (element) => {
    const layers = [];
    for (let one = element; one !== null; one = one.parentElement) {
      const color = channels(getComputedStyle(one).backgroundColor);
      if (color[3] > 0) layers.push(color);
      if (color[3] === 1) break;
    }
    return layers.reduceRight((under, top) => over(top, under), [255, 255, 255, 1]);
  };
  const light = (color) => {
    const [r, g, b] = color.slice(0, 3).map((n) => (n / 255 <= 0.03928 ? n / 255 / 12.92 : ((n / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const opacity = (element) => (element === null ? 1 : Number(getComputedStyle(element).opacity) * opacity(element.parentElement));
  const seen = (element) => {
    const box = element.getBoundingClientRect();
    const hidden = element.closest('.visually-hidden, .skip, [disabled]') !== null;
    return !hidden && element.checkVisibility({ visibilityProperty: true }) && box.width > 1 && box.height > 1;
  };
  const where = (element) => {
    const name = element.id ? `#${element.id.replace(/\d+/g, 'N')}` : `.${[...element.classList].join('.')}`;
    return `${element.tagName.toLowerCase()}${name} in ${element.parentElement?.className || element.parentElement?.tagName}`;
  };
  const faint = (element, color, least, what) => {
    const under = ground(element);
    const [r, g, b, a] = channels(color);
    const ratio = contrast(over([r, g, b, a * opacity(element)], under), under);
    if (ratio < least - 0.02) found.add(`contrast ${ratio.toFixed(1)} of ${what}: ${where(element)}`);
  };

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const element = node.parentElement;
    if (node.data.trim() === '' || element.closest('script, style, template, option') || !seen(element)) continue;
    const style = getComputedStyle(element);
    if (style.clipPath.includes('inset(50%)')) continue;
    faint(element, style.color, parseFloat(style.fontSize) >= 24 ? 3 : 4.5, 'text');
  }
  for (const field of document.querySelectorAll('input, textarea')) {
    if (seen(field) && field.placeholder && !field.value) faint(field, getComputedStyle(field, '::placeholder').color, 4.5, 'placeholder');
  }
  for (const mark of document.querySelectorAll(':is(button, a, summary) .icon')) {
    if (seen(mark) && !mark.closest('.note-act')) faint(mark, getComputedStyle(mark).color, 3, 'icon');
  }

  const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
  for (const id of ids.filter((one, i) => ids.indexOf(one) !== i)) found.add(`two of #${id}`);

  for (const control of document.querySelectorAll('button, a[href], summary, input:not([type=hidden]), select, textarea, [role=slider]')) {
    if (!seen(control)) continue;
    const label = control.labels?.[0]?.textContent ?? '';
    const named = control.getAttribute('aria-labelledby');
    const name = control.getAttribute('aria-label') ?? (named && document.getElementById(named)?.textContent) ?? (label || control.textContent);
    if (name.trim() === '') found.add(`no name: ${where(control)}`);
    const mute = control.matches('button, a, summary') && control.textContent.trim() === '' && control.title === '';
    if (mute) found.add(`an icon without a title: ${where(control)}`);
    if (!touch) continue;
    // A row is pressed as a whole, a word within a text is as small as the text, a box is as large as its label.
    const inline = getComputedStyle(control).display === 'inline' && !control.matches('.moment-head > a');
    if (control.matches('tr[data-row] a.row-link, input[type=range]') || (inline && control.matches('a'))) continue;
    const box = (/radio|checkbox/.test(control.type) ? (control.closest('label, .is-check') ?? control) : control).getBoundingClientRect();
    const pad = control.matches('.moment-head > a') ? 4 : 0;
    if (box.height + pad < 39.5 || box.width < 39.5)
      found.add(`${Math.round(box.width)}x${Math.round(box.height)} for a finger: ${where(control)}`);
  }
  // Neighbours do not lie over each other.
  for (const row of document.querySelectorAll('.tabs, .row-line, .page-head, .form-end, .strip-acts, .bulk-bar')) {
    const boxes = [...row.children].filter(seen).map((one) => [one, one.getBoundingClientRect()]);
    boxes.forEach(([one, a], i) => {
      for (const [other, b] of boxes.slice(i + 1)) {
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 1 && high > 1 && getComputedStyle(other).position === 'static') found.add(`${where(one)} lies over ${where(other)}`);
      }
    });
    for (const one of row.children) {
      const cut = one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0 && getComputedStyle(one).overflowX === 'visible';
      if (cut && seen(one) && one.matches('.tab, .btn, .pill')) found.add(`runs out of its box: ${where(one)}`);
    }
  }
  return [...found];
}
