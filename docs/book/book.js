// Two runs in one frame. The page of a run compares itself with a file that its reader
// picks; here the book picks it.

for (const frame of document.querySelectorAll('iframe.replay[data-against]')) {
  const compare = async () => {
    const path = frame.dataset.against;
    const other = await (await fetch(path)).text();
    const picked = new DataTransfer();
    picked.items.add(new File([other], path.split('/').at(-1)));
    const input = frame.contentDocument.getElementById('other');
    input.files = picked.files;
    input.dispatchEvent(new Event('change'));
  };
  // It loads when it comes into sight; of a page opened as a file nothing can be fetched.
  frame.addEventListener('load', () => compare().catch(() => {}));
}
