"""What Chromium prints, in fewer bytes."""

import re
import zlib

PER_STREAM = 500


def packed(printed):
    """A PDF with its small objects in compressed streams, as PDF allows since version 1.5.

    Chromium writes every mark of what is a heading, a paragraph or a word of code as an object of
    its own, uncompressed: together they are larger than the pages.

    Parameters
    ----------
    printed : bytes
        A PDF with one table of its objects, as Chromium writes it.

    Returns
    -------
    bytes
    """
    table = int(re.findall(rb"startxref\s+(\d+)", printed)[-1])
    size, trailer = re.search(rb"trailer\s*<</Size (\d+)(.*)>>\s*startxref", printed[table:], re.S).groups()
    starts = [int(at) for at in re.findall(rb"^(\d{10}) 00000 n", printed[table:], re.M)]
    ends = dict(zip(sorted(starts), [*sorted(starts)[1:], table]))
    objects = [re.fullmatch(rb"(\d+) 0 obj\s*(.*?)\s*endobj\s*", printed[at : ends[at]], re.S) for at in starts]
    whole = [each for each in objects if each[2].endswith(b"endstream")]
    small = [each for each in objects if not each[2].endswith(b"endstream")]

    text, places, number = bytearray(b"%PDF-1.5\n%\xd3\xeb\xe9\xe1\n"), {0: (0, 0, 65535)}, int(size)

    def write(number, body):
        places[number] = (1, len(text), 0)
        text.extend(b"%d 0 obj\n%b\nendobj\n" % (number, body))

    for each in whole:
        write(int(each[1]), each[2])
    for first in range(0, len(small), PER_STREAM):
        chunk, heads, bodies = small[first : first + PER_STREAM], b"", b""
        for index, each in enumerate(chunk):
            places[int(each[1])] = (2, number, index)
            heads += b"%b %d " % (each[1], len(bodies))
            bodies += each[2] + b"\n"
        write(number, _stream(b"/Type /ObjStm /N %d /First %d" % (len(chunk), len(heads)), heads + bodies))
        number += 1
    start, places[number] = len(text), (1, len(text), 0)
    missing = (0, 0, 65535)
    rows = (places.get(each, missing) for each in range(number + 1))
    content = b"".join(kind.to_bytes(1) + at.to_bytes(4) + more.to_bytes(2) for kind, at, more in rows)
    table = b"/Type /XRef /Size %d /W [1 4 2]%b" % (number + 1, trailer)
    text += b"%d 0 obj\n%b\nendobj\nstartxref\n%d\n%%%%EOF\n" % (number, _stream(table, content), start)
    return bytes(text)


def _stream(about, content):
    content = zlib.compress(content, 9)
    return b"<<%b /Filter /FlateDecode /Length %d>>\nstream\n%b\nendstream" % (about, len(content), content)
