// A photo of a phone is shrunk before it is sent: on a slow network that is the difference between seconds and
// minutes. The server does it again, for those who come without scripts.
const SIDE = 1600
const SMALL = 700_000

export function shrinkPhotos(scope) {
  for (const input of scope.querySelectorAll?.('input[type=file][accept^="image/"]') ?? []) {
    if ('shrinks' in input.dataset) continue
    input.dataset.shrinks = ''
    input.addEventListener('change', () => shrinkAll(input))
  }
}

async function shrinkAll(input) {
  const chosen = [...input.files]
  const made = await Promise.all(chosen.map(shrink))
  // Another choice may have been made meanwhile.
  if (chosen.some((file, n) => file !== input.files[n])) return
  const list = new DataTransfer()
  for (const file of made) list.items.add(file)
  input.files = list.files
}

async function shrink(file) {
  if (file.size < SMALL) return file
  try {
    const image = await createImageBitmap(file, { imageOrientation: 'from-image' })
    const scale = Math.min(1, SIDE / Math.max(image.width, image.height))
    const canvas = document.createElement('canvas')
    canvas.width = Math.round(image.width * scale)
    canvas.height = Math.round(image.height * scale)
    const paper = canvas.getContext('2d')
    paper.fillStyle = '#fff'
    paper.fillRect(0, 0, canvas.width, canvas.height)
    paper.drawImage(image, 0, 0, canvas.width, canvas.height)
    image.close()
    const blob = await new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.86))
    return blob && blob.size < file.size ? new File([blob], 'photo.jpg', { type: 'image/jpeg' }) : file
  } catch {
    // The server says what is wrong with a file that the browser cannot read.
    return file
  }
}
