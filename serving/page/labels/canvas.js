// What a label map's canvas does in the browser, so that it is seen before any answer: strokes,
// lines and rectangles are drawn at once, and taken away when the map that has them is there.
// `.view` is what one looks through, `.sheet` inside it is the map, zoomed and moved.
const labelDesk = (() => {
  const FARTHEST = 32, STEP = 1.5;
  const viewOf = (element) => element.closest('.desk').querySelector('.view');
  const placed = (view) => (view.placed ??= {scale: 1, x: 0, y: 0});

  function place(view, scale, x, y) {
    const box = view.getBoundingClientRect();
    scale = Math.min(FARTHEST, Math.max(1, scale));
    x = Math.min(0, Math.max(box.width * (1 - scale), x));
    y = Math.min(0, Math.max(box.height * (1 - scale), y));
    view.placed = {scale, x, y};
    const sheet = view.querySelector('.sheet');
    sheet.style.transform = scale > 1 ? `translate(${x}px, ${y}px) scale(${scale})` : '';
  }

  // About a place of the window, or the middle; what is there stays there.
  function zoom(element, by, at) {
    const view = viewOf(element), {scale, x, y} = placed(view);
    const box = view.getBoundingClientRect();
    if (!by) return place(view, 1, 0, 0);
    const [left, top] = at ? [at[0] - box.x, at[1] - box.y] : [box.width / 2, box.height / 2];
    const next = Math.min(FARTHEST, Math.max(1, scale * by)), ratio = next / scale;
    place(view, next, left - (left - x) * ratio, top - (top - y) * ratio);
  }

  function wheeled(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(event.currentTarget, Math.exp(-event.deltaY / 200), [event.clientX, event.clientY]);
  }

  // With the tool for it, or the middle button, the sheet follows the pointer; with two fingers it
  // is zoomed between them, whatever the tool.
  function panned(event) {
    const sheet = event.currentTarget, view = viewOf(sheet), touch = event.pointerType === 'touch';
    const fingers = (sheet.fingers ??= new Map()), pans = sheet.dataset.tool === 'Pan';
    if (event.type === 'pointerdown') {
      if (!touch && !pans && event.button !== 1) return;
      event.preventDefault();
      event.currentTarget.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, [event.clientX, event.clientY]);
    } else if (!fingers.has(event.pointerId)) {
      return;
    } else if (event.type !== 'pointermove') {
      fingers.delete(event.pointerId);
    } else {
      const before = [...fingers.values()], last = fingers.get(event.pointerId);
      const now = [event.clientX, event.clientY];
      fingers.set(event.pointerId, now);
      const {scale, x, y} = placed(view);
      if (before.length === 1 && touch && !pans) return;
      if (before.length === 1) return place(view, scale, x + now[0] - last[0], y + now[1] - last[1]);
      const after = [...fingers.values()].slice(0, 2);
      const far = ([one, other]) => Math.hypot(one[0] - other[0], one[1] - other[1]) || 1;
      const middle = [(after[0][0] + after[1][0]) / 2, (after[0][1] + after[1][1]) / 2];
      zoom(view, far(after) / far(before.slice(0, 2)), middle);
    }
  }

  // The middle of the pixel of the map that a pointer is over.
  function pixelAt({clientX, clientY}, box, layer) {
    return [Math.floor((clientX - box.x) / box.width * layer.width) + 0.5,
            Math.floor((clientY - box.y) / box.height * layer.height) + 0.5];
  }

  // What a mouse or a pen is over: how far the brush reaches, the class there, and where the next
  // side of a polygon would lie.
  function hovered(event) {
    const sheet = event.currentTarget, view = viewOf(sheet), {tool, size} = sheet.dataset;
    const tip = view.querySelector('.tip'), reading = view.querySelector('.reading');
    const over = event.type === 'pointermove' && event.pointerType !== 'touch';
    const layer = sheet.querySelector('canvas'), box = sheet.getBoundingClientRect();
    const [x, y] = pixelAt(event, box, layer), frame = view.getBoundingClientRect();
    tip.hidden = !over || !['Brush', 'Erase', 'Line'].includes(tool);
    tip.style.width = tip.style.height = `${Math.max(1, +size) * box.width / layer.width}px`;
    tip.style.left = `${event.clientX - frame.x}px`;
    tip.style.top = `${event.clientY - frame.y}px`;
    reading.textContent = over && !sheet.stroke ? nameAt(sheet, x - 0.5, y - 0.5) : '';
    const corners = sheet.querySelector('.guide .line')?.getAttribute('points').split(' ');
    const next = over && tool === 'Polygon' && corners;
    if (!next && !sheet.next) return;
    sheet.next = next;
    const pen = layer.getContext('2d');
    pen.clearRect(0, 0, layer.width, layer.height);
    pen.lineWidth = 1;
    pen.strokeStyle = '#fff';
    if (next) path(pen, [corners[corners.length - 1].split(',').map(Number), [x, y]]);
  }

  // Of the class in a pixel of the map that is shown.
  function nameAt(sheet, x, y) {
    const map = sheet.querySelector('.map');
    if (!sheet.colours) {
      const copy = document.createElement('canvas');
      [copy.width, copy.height] = [map.naturalWidth, map.naturalHeight];
      sheet.colours = copy.getContext('2d', {willReadFrequently: true});
      sheet.colours.drawImage(map, 0, 0);
    }
    const colour = [...sheet.colours.getImageData(x, y, 1, 1).data.slice(0, 3)];
    const hex = colour.map((value) => value.toString(16).padStart(2, '0')).join('');
    return JSON.parse(map.dataset.names)[`#${hex}`] ?? '';
  }

  // Places of the stroke under way, in pixels of the map.
  function drawn(event) {
    const sheet = event.currentTarget, {tool, colour, size} = sheet.dataset;
    if (event.type === 'pointerdown') {
      if (sheet.stroke && event.pointerType === 'touch') {
        sheet.stroke = undefined;
        const layer = sheet.querySelector('canvas');
        layer.getContext('2d').clearRect(0, 0, layer.width, layer.height);
        return;
      }
      const several = (sheet.fingers?.size ?? 0) > 1;
      if (event.button !== 0 || sheet.stroke || tool === 'Pan' || several) return;
      sheet.stroke = {id: event.pointerId, places: []};
    }
    if (!sheet.stroke || sheet.stroke.id !== event.pointerId) return;
    const layer = sheet.querySelector('canvas'), box = sheet.getBoundingClientRect();
    const places = sheet.stroke.places, pen = layer.getContext('2d');
    const seen = event.type === 'pointermove' && event.getCoalescedEvents
      ? event.getCoalescedEvents() : [];
    for (const each of seen.length ? seen : [event])
      places.push(pixelAt(each, box, layer));
    const first = places[0], last = places[places.length - 1];
    pen.lineCap = pen.lineJoin = 'round';
    pen.lineWidth = Math.max(1, +size);
    pen.strokeStyle = pen.fillStyle = colour;
    if (tool === 'Brush' || tool === 'Erase') {
      const from = Math.max(0, places.length - (seen.length || 1) - 1);
      path(pen, from === places.length - 1 ? [last, last] : places.slice(from));
    } else if (tool === 'Line') {
      pen.clearRect(0, 0, layer.width, layer.height);
      path(pen, [first, last]);
    } else if (tool === 'Rectangle') {
      pen.clearRect(0, 0, layer.width, layer.height);
      const [x, y] = [Math.min(first[0], last[0]), Math.min(first[1], last[1])];
      const [width, height] = [Math.abs(first[0] - last[0]), Math.abs(first[1] - last[1])];
      pen.fillRect(x - 0.5, y - 0.5, width + 1, height + 1);
    } else if (tool === 'Select') {
      const chosen = sheet.querySelector('.selection');
      const [x, y] = [last[0] - first[0], last[1] - first[1]];
      chosen.style.transform =
        `translate(${x / layer.width * 100}%, ${y / layer.height * 100}%)`;
    }
    if (event.type === 'pointerup' || event.type === 'pointercancel') sheet.stroke = undefined;
  }

  function path(pen, places) {
    pen.beginPath();
    pen.moveTo(...places[0]);
    for (const each of places.slice(1)) pen.lineTo(...each);
    pen.stroke();
  }

  // The map that the server made is there: what was drawn ahead of it goes.
  function loaded(image) {
    const sheet = image.closest('.sheet'), layer = sheet.querySelector('canvas');
    if (layer.width !== image.naturalWidth || layer.height !== image.naturalHeight) {
      [layer.width, layer.height] = [image.naturalWidth, image.naturalHeight];
      sheet.style.aspectRatio = `${layer.width} / ${layer.height}`;
      zoom(sheet, 0);
    } else if (!sheet.stroke) {
      layer.getContext('2d').clearRect(0, 0, layer.width, layer.height);
    }
    sheet.colours = sheet.next = undefined;
    if (!sheet.stroke) sheet.querySelector('.selection').style.transform = '';
  }

  return {zoom, wheeled, panned, drawn, hovered, loaded, STEP};
})();
